# layout.pl - the folders t/ (texts) and m/ (models) that compare_binaries.pl runs in.
use strict;
use warnings;
use Cwd qw(getcwd);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use JSON::PP ();

sub read_folder {
    my ($path) = @_;
    opendir my $d, $path or return;
    return sort grep { !/^\./ } readdir $d;
}

sub within {
    my ($folder, $do) = @_;
    my $before = getcwd();
    chdir $folder or die "$folder: $!\n";
    $do->();
    chdir $before or die "$before: $!\n";
}

# The models at and below a folder, with the name they get here: folders that have
# a file of a model, files of weights, and vocabularies without a model.
sub find_models {
    my ($root) = @_;
    my @found;
    my @queue = ([basename($root), $root]);
    while (my $next = shift @queue) {
        my ($name, $path) = @$next;
        my @files = read_folder($path);
        my $whole = grep { /^(config|modules|tokenizer)\.json$|^vocab\.txt$|\.model$/ } @files;
        my $weights = grep { /^(config|modules)\.json$/ } @files;
        push @found, {name => $name, path => $path, kind => $weights ? 'model' : 'tokenizer'} if $whole;
        for my $file (@files) {
            my %entry = (name => "$name.$file", path => "$path/$file");
            if ($file =~ /\.gguf$/) {
                push @found, {%entry, kind => 'tokenizer'};
            } elsif ($file =~ /\.(vocab\.txt|tokenizer\.json)$/) {
                push @found, {%entry, kind => 'tokenizer', as => $1};
            } elsif (!$whole && -d $entry{path}) {
                push @queue, [@entry{qw(name path)}];
            }
        }
    }
    return @found;
}

# Makes m/NAME; a vocabulary gets a folder.
sub link_model {
    my ($model) = @_;
    my $link = "m/$model->{name}";
    if (defined $model->{as}) {
        mkdir $link or die "$link: $!\n";
        $link .= "/$model->{as}";
    }
    symlink $model->{path}, $link or die "$link: $!\n";
}

# The texts of a model's golden values, those of one text and those of two.
sub write_golden_texts {
    my ($model) = @_;
    my $path = $model->{path};
    my ($json) = grep { defined } map { slurp("$_/golden.json") }
        "$path/golden", dirname($path) . '/golden/' . basename($path);
    my $golden = defined $json ? JSON::PP->new->utf8->decode($json) : {};
    my (@single, @pairs);

    for my $text (grep { defined $_->{text} } @{$golden->{texts} // []}) {
        my ($a, $b) = map { s/[\t\n]/ /gr } $text->{text}, $text->{pair} // '';
        push @single, $a if !defined $text->{pair};
        push @pairs, "$a\t$b" if defined $text->{pair};
    }
    utf8_file("t/model/$model->{name}.txt", @single) if @single;
    utf8_file("t/model/$model->{name}.pairs", @pairs) if @pairs;
}

# Lays all out in the current folder; returns the models found below @data:
# those that the program $old takes are of the kind "model".
sub lay_out {
    my ($source, $old, @data) = @_;
    my %own = (bert => 'bert-uncased', distilbert => 'distilbert', st => 'st-mean-dense-norm',
        nli => 'deberta-nli');
    my @found = map { find_models($_) } @data;
    my %seen;

    make_path('t/bench', 't/data', 't/model', 'm/damaged');
    link_model({name => $_, path => "$source/tests/data/$own{$_}"}) for sort keys %own;
    make_heads("$source/tests", 'm');
    within('t', sub { write_lines(); write_tables(); write_tree() });
    within('m/damaged', sub { write_damaged_models("$source/tests/data/bert-uncased") });
    system("$source/bench/texts.sh", 't/bench') == 0 or die "bench/texts.sh failed\n";
    for my $data (grep { -d "$_/text" } map { $_, "$_/data" } @data) {
        within('t/data', sub { sample_data($data) });
    }
    for my $model (@found) {
        $model->{name} .= '~' while $seen{$model->{name}}++;
        link_model($model);
        write_golden_texts($model);
        my $taken = system("'$old' embed --quiet -m 'm/$model->{name}' -t a >/dev/null 2>&1") == 0;
        $model->{kind} = 'other model' if $model->{kind} eq 'model' && !$taken;
    }
    return @found;
}

1;
