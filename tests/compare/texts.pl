# texts.pl - the texts, tables and damaged models that compare_binaries.pl runs over.
# Everything is the same from run to run.
use strict;
use warnings;
use utf8;
use Encode qw(encode);
use File::Copy qw(copy);
use File::Path qw(make_path);
use IO::Compress::Gzip qw(gzip);

sub spew {
    my ($name, $bytes) = @_;
    open my $f, '>:raw', $name or die "$name: $!\n";
    print $f $bytes;
    close $f or die "$name: $!\n";
}

sub slurp {
    my ($name) = @_;
    open my $f, '<:raw', $name or return undef;
    local $/;
    my $bytes = <$f>;
    return defined $bytes ? $bytes : '';
}

sub utf8_file {
    my ($name, @lines) = @_;
    spew($name, encode('UTF-8', join '', map { "$_\n" } @lines));
}

my @english = (
    "The cat sat on the mat.",
    "A dog barked at the man's hat [MASK].",
    "unaffable",
    "No space left on device /dev/sda1.",
    "She opened the [MASK] and went in.",
    "the cat",
    "It's half past 10:45, isn't it? (Yes!) \"No\" - 3.14% of \$20.",
    "The [MASK] is [MASK].",
    "The Cat SAT on THE mat.",
    "The cat slept because it was tired.",
    "The drive has no room.",
    "Lunch is at noon.",
);
my @languages = (
    "Ein Übermut süßer Mädchen, größer als Straße.",
    "Où est la forêt ? L’été à Noël, naïve façade.",
    "Το σκυλί γαβγίζει, ΑΣΟΣ ΤΗΣ ΌΔΟΥ.",
    "Быстрая коричневая лиса; ёжик и Йод.",
    "王さんは東京に行きました。 北京 天安門",
    "한국어 문장입니다, 조합형도.",
    "مرحبا بالعالم، كيف الحال؟",
    "שלום עולם, מה שלומך?",
    "नमस्ते दुनिया, कैसे हैं आप?",
    "สวัสดีชาวโลก",
    "İstanbul'da IĞDIR ılık",
    "Zażółć gęślą jaźń; Đặng Thị Hồng",
    "🙂👩‍👩‍👧 ½ ① ﬁ Å Å a\x{301}\x{327} x\x{200b}y",
);

sub write_lines {
    my $long = join ' ', ('the cat sat on the mat and a dog barked') x 90;

    utf8_file('en.txt', @english);
    utf8_file('small.txt', "The cat sat.", "unaffable man's hat", "a b");
    utf8_file('lang.txt', @languages);
    utf8_file('masks.txt', "The [MASK]'s hat.", "a [MASK] c [MASK]", "no mask here", "The cat sat on the [MASK].");
    utf8_file('good-masks.txt', "They left [MASK] room.", "The [MASK] is [MASK].", "[MASK]");
    utf8_file('pairs.txt', "a cat\tthe dog", "The cat sat [MASK].\tIt slept.", "one\t", "\ttwo");
    utf8_file('bad-pairs.txt', "a cat\tthe dog", "no tab [MASK]", "a\tb\tc", "x\ty");
    utf8_file('readings.txt', "I no him.\tI know him.\tEye know him.", "one", "They is here.\tThey are here.");
    utf8_file('ids.txt', "2 5 6 7 3", "2,10,20", "", "99999999", "x y", "1 2 3 4 5");
    utf8_file('long.txt', "short", $long, "$long [MASK]", "[MASK] $long", "a cat");
    utf8_file('long-pairs.txt', "$long\tthe dog", "the cat\t$long", "$long\t$long", "a\tb");
    utf8_file('odd.txt', '', ' ', "\t", "  two  blanks  ", "a\x{a0}b\x{3000}c", "[CLS] [SEP] [PAD] [UNK] [mask]",
        "\r", "tab\there\\n", '"quoted, and" comma', "a\x{1}b\x{7f}\x{85}\x{ad}", "\x{fffd}\x{feff}",
        'x' x 300, '##ing ##', '');
    spew('crlf.txt', "The cat sat.\r\na [MASK] b\r\n\r\nend");
    spew('bad.txt', "caf\xe9 x [MASK]\n\xff\xfe\xfd\n\xc3\n\xf0\x9f\x99 y\n\xed\xa0\x80\nok\n\xc0\xaf\n");
    spew('nul.bin', "a cat\0the\ndog [MASK]\0\0last");
    spew('empty.txt', '');
    spew('utf16.txt', "\xff\xfe" . encode('UTF-16LE', "The cat sat.\né [MASK]\n"));
    spew('be.txt', "\xfe\xff" . encode('UTF-16BE', "The cat sat.\né [MASK]\n"));
    gzip(\"The cat sat.\na [MASK] b\n" => 'text.gz', Time => 0) or die "gzip\n";
    spew('cut.gz', substr(slurp('text.gz'), 0, 30));
    spew('zstd.bin', "\x28\xb5\x2f\xfd\x04\x00abc");
    spew('pdf.bin', "%PDF-1.4\nabc\n");
}

sub write_tables {
    spew('data.csv', encode('UTF-8', qq(n,text,"te""xt2",score\r\n1,"The ""cat"", [MASK]",a,x\r\n) .
        qq(2,"two\nlines",b b,"q,r"\n3,,c,\n"4 é",a [MASK],"the dog",y\n)));
    spew('bad.csv', qq(n,text\n1,"open [MASK]\n2,b\n));
    spew('ragged.csv', qq(n,text\n1,a [MASK]\n2\n3,c,d\n4,"e"f\n5,g\n));
    spew('data.tsv', encode('UTF-8', qq(n\ttext\tother\n1\tThe \\t[MASK]\tx\n2\ta\\nb\\\\c\té\n3\t\t\n)));
    spew('data.jsonl', encode('UTF-8', join "\n",
        '{"id":{"a":[1,2.50,{"b":null}]},"text":"The cat [MASK].","n":9007199254740993,"other":"the dog"}',
        '{"id":18446744073709551616,"text":"a\u00e9\ud83d\ude42 [MASK]","n":-0,"other":"x","extra":NaN}',
        '{"id":[],"text":"tab\tquote\"nul\u0000end","n":1.0e2,"other":"y"}',
        '{"id":true,"text":5,"n":0.10,"other":"z"}',
        '{"id":"é","other":"no text"}',
        '{"id":1,"text":"lone \ud800","n":1,"other":"q"}',
        '{"id":1,"text":"dup","text":"second [MASK]","other":"q"}',
        'not json', '[1,2]', '', '{"text":"last [MASK]","id":null,"other":"r"}') . "\n");
    spew('good.jsonl', qq({"id":[1],"text":"The cat [MASK].","other":"a dog"}\n) .
        qq({"id":{"k":2.50},"text":"b [MASK]","other":"c"}\n));
    spew('ranges.npy', array(2, 32));
    spew('small-ranges.npy', array(2, 8));
    spew('wide-ranges.npy', array(2, 384));
    spew('half.npy', substr(array(2, 32), 0, 200));
}

# A .npy of two rows, -1 and 1.
sub array {
    my ($rows, $columns) = @_;
    my $header = "{'descr': '<f4', 'fortran_order': False, 'shape': ($rows, $columns), }";
    $header .= ' ' x (117 - length $header) . "\n";
    return "\x93NUMPY\1\0" . pack('v', length $header) . $header . pack('f<*', (-1) x $columns, (1) x $columns);
}

sub write_tree {
    make_path('tree/deep');
    utf8_file('tree/a.txt', "The cat sat on the mat.", "No space left.", "x");
    utf8_file('tree/deep/b.txt', "the dog", "a dog barked");
    utf8_file('tree/deep/c.log', "the cat and the dog", "");
}

# Folders in the current one that berth should refuse, out of the model $from.
sub write_damaged_models {
    my ($from) = @_;
    my @files = qw(config.json model.safetensors tokenizer.json tokenizer_config.json vocab.txt);
    my $weights = slurp("$from/model.safetensors");
    my $config = slurp("$from/config.json");
    my %damaged = (
        'no-config' => sub { unlink 'config.json' },
        'no-weights' => sub { unlink 'model.safetensors' },
        'no-tokenizer' => sub { unlink 'tokenizer.json', 'vocab.txt' },
        'only-vocab' => sub { unlink grep { !/vocab/ } @files },
        'nothing' => sub { unlink @files },
        'cut-weights' => sub { spew('model.safetensors', substr($weights, 0, 90000)) },
        'cut-header' => sub { spew('model.safetensors', substr($weights, 0, 900)) },
        'empty-weights' => sub { spew('model.safetensors', '') },
        'bad-config' => sub { spew('config.json', substr($config, 0, 100)) },
        'other-layers' => sub { spew('config.json', $config =~ s/("num_hidden_layers": )\d+/${1}9/r) },
        'other-hidden' => sub { spew('config.json', $config =~ s/("hidden_size": )\d+/${1}64/r) },
        'odd-heads' => sub { spew('config.json', $config =~ s/("num_attention_heads": )\d+/${1}7/r) },
        'other-act' => sub { spew('config.json', $config =~ s/("hidden_act": )"\w+"/${1}"swish9"/r) },
        'other-type' => sub { spew('config.json', $config =~ s/("model_type": )"\w+"/${1}"t5"/r) },
        'no-vocab-size' => sub { spew('config.json', $config =~ s/"vocab_size"/"vocab_sise"/r) },
        'bad-tokenizer' => sub { spew('tokenizer.json', '{"model":{"type":"BPE"}}'); unlink 'vocab.txt' },
        # Every number of the weights from the middle on is NaN.
        'nan' => sub { spew('model.safetensors', substr($weights, 0, 80004) . "\xff" x (length($weights) - 80004)) },
    );
    for my $name (sort keys %damaged) {
        mkdir $name or die "$name: $!\n";
        copy("$from/$_", "$name/$_") or die "$from/$_: $!\n" for @files;
        chdir $name or die "$name: $!\n";
        $damaged{$name}->();
        chdir '..';
    }
}

# Every N-th line of a file, at most a given number of them.
sub sample {
    my ($from, $to, $step, $n) = @_;
    my @lines = split /(?<=\n)/, slurp($from) // return;
    my @kept = map { $lines[$_ * $step] } grep { $_ * $step < @lines } 0 .. $n - 1;
    spew($to, join '', @kept);
}

# What a folder of reference data has: texts of many languages, tables, sentences.
sub sample_data {
    my ($data) = @_;
    sample("$data/text/blns.txt", 'blns.txt', 1, 1000);
    sample("$data/text/udhr.txt", 'udhr.txt', 61, 400);
    sample("$data/text/pud.txt", 'pud.txt', 97, 200);
    sample("$data/text/wikitext-2-valid.txt", 'wikitext.txt', 20, 150);
    sample("$data/eval/sts-dev.csv", 'sts.tsv', 1, 120);
    sample("$data/eval/lama-capitals.jsonl", 'capitals.jsonl', 9, 60);
}

1;
