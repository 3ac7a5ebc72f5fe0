#!/usr/bin/env perl
# faults.pl [-s] [-n CALLS] [-c CASE] PROGRAM [LIBRARY] - runs command lines of every
# command again and again; each time one more call of one function of the system
# fails (tests/faults/faults.c: LIBRARY, or linked into PROGRAM). Whatever fails:
#
#   - the program ends by itself, with 0 or with the status for "not done";
#   - with 0 its output is the same, to the byte, as without the fault;
#   - else it says why in one line, and a file named by an option is as it was;
#   - no temporary file is left over; no sanitizer finds a leak.
#
# -n: at most N calls of a function, evenly spread; else every one.
# -s: all later calls of the function fail, too. -c: this case only.
use strict;
use warnings;
use Cwd qw(abs_path getcwd);
use File::Path qw(remove_tree);
use File::Temp qw(tempdir);
use Getopt::Std;
use IO::Compress::Gzip qw(gzip);
use POSIX ();

$| = 1;
$ENV{BROWSER} = 'true';
my %opt;
getopts('sn:c:', \%opt) && @ARGV >= 1 or die "usage: faults.pl [-s] [-n CALLS] [-c CASE] PROGRAM [LIBRARY]\n";
my ($program, $library) = map { abs_path($_) } @ARGV;
my $models = abs_path('tests/data');
require "$models/../heads.pl";
my $pieces = abs_path('tests/fuzz/corpus/sentencepiece/user');
my $checkpoint = abs_path('tests/fuzz/corpus/folder/seed-checkpoint');
my $torch_bin = abs_path('tests/cli/torch_bin.pl');
my @bert = ('-m', "$models/bert-uncased", '-j1');
my @ner = ('-m', 'ner', '-j1');
my @nli = ('-m', "$models/deberta-nli", '-j1');
my @sentence = ('-m', "$models/st-mean-dense-norm", '-j1');

# Name, command line, and the files that it writes: a "!" before one without
# which the command has done its work all the same. With a "/" at its end it is a
# folder, which is not there before.
my @cases = (
    ['embed', ['embed', @bert, '-f', 'csv', 'in.txt']],
    ['embed -o', ['embed', @bert, '-f', 'npy', '-o', 'out', 'in.txt'], 'out'],
    ['embed to a pipe', ['embed', @bert, '-f', 'npy', 'in.txt']],
    ['embed int8', ['embed', @bert, '--vector-type', 'int8', '--save-ranges', 'ranges', '-f', 'csv', 'in.txt'], 'ranges'],
    ['embed --ranges', ['embed', @bert, '--vector-type', 'uint8', '--ranges', 'in.npy', '-f', 'jsonl', 'in.txt']],
    ['embed threads', ['embed', @sentence, '-j2', '-f', 'jsonl', '-o', 'out', 'in.txt'], 'out'],
    ['embed --windows', ['embed', @bert, '--windows', '--max-tokens', '4', '--hidden-state', '0,1', '-f', 'jsonl', 'in.txt']],
    ['embed npz', ['embed', @bert, '--tokens', '--hidden-state', '0,1', '-o', 'out.npz', 'in.txt'], 'out.npz'],
    ['embed --tokens', ['embed', @sentence, '--tokens', '-f', 'tsv', 'in.txt']],
    ['embed jsonl', ['embed', @bert, '-i', 'jsonl', '--field', 't', '--id', 'i', '-f', 'jsonl', 'in.jsonl']],
    ['embed --merge', ['embed', @bert, '-i', 'jsonl', '--field', 't', '--merge', 'i', 'in.jsonl']],
    ['tokenize --merge', ['tokenize', @bert, '-i', 'csv', '--field', 't', '--merge', 'i', 'long.csv']],
    ['embed jsonl -o', ['embed', @bert, '-i', 'jsonl', '--field', 't', '--field', 'u', '-o', 'out', 'long.jsonl'], 'out'],
    ['embed csv -o', ['embed', @bert, '-i', 'csv', '--field', 't', '-o', 'out', 'long.csv'], 'out'],
    ['embed json', ['embed', @bert, '--field', '/t/0', '--id', 't.1', '-f', 'jsonl', 'in.json']],
    ['embed paragraph', ['embed', @bert, '-i', 'paragraph', '-f', 'csv', 'in.txt', 'in.tsv']],
    ['embed --join-lines', ['embed', @bert, '--join-lines', '3', '--join-step', '1', '-f', 'jsonl', 'in.txt', 'in.tsv']],
    ['embed tsv -o', ['embed', @bert, '-i', 'tsv', '--headerless-input', '--field', '2', '-f', 'jsonl', '-o', 'out', 'long.tsv'], 'out'],
    ['embed gzip', ['embed', @bert, '-o', 'out', 'in.gz'], 'out'],
    ['embed int8 weights', ['embed', @bert, '--precision', 'int8', 'in.txt']],
    ['fill-mask', ['fill-mask', @bert, '-f', 'jsonl', 'masks.txt']],
    ['fill-mask --lens', ['fill-mask', @bert, '--lens', 'masks.txt', 'in.txt']],
    ['fill-mask --lens -f svg', ['fill-mask', @bert, '--lens', '-f', 'svg', '-o', 'out', '-t', 'a [MASK]'], 'out'],
    ['fill-mask --lens -f heat', ['fill-mask', @bert, '--lens', '-f', 'heat', '-o', 'out', 'masks.txt', 'in.txt'], 'out'],
    ['fill-mask --joint', ['fill-mask', @bert, '--joint', '-k2', 'masks.txt']],
    ['fill-mask --target', ['fill-mask', @bert, '--target', 'man', '--target', 'hat', '-f', 'csv', '-o', 'out', 'masks.txt'], 'out'],
    ['attention-dump', ['attention-dump', @bert, '-f', 'csv', 'in.txt']],
    ['attention-dump npz', ['attention-dump', @bert, '-f', 'npz', '-o', 'out', 'in.txt'], 'out'],
    ['attention-dump heat', ['attention-dump', @bert, '-f', 'heat', '--layer', '0', '-t', 'a man']],
    ['attention-dump svg', ['attention-dump', @bert, '-f', 'svg', '-o', 'out', '-t', 'a man'], 'out'],
    ['attention-dump lines', ['attention-dump', @bert, '-f', 'svg', '--style', 'lines', '--layer', '0', '--head', '0', '-t', 'a man']],
    ['position-dump svg', ['position-dump', @bert, '-f', 'svg', '-o', 'out'], 'out'],
    ['search', ['search', @bert, 'a man', 'in.txt'], '!cache'],
    ['search --index', ['search', @bert, '--index', 'index', 'a man', 'in.txt'], '!index'],
    ['search --rescore', ['search', @bert, '--vector-type', 'binary', '--rescore', '4', 'a man', 'in.txt'], '!cache'],
    ['search known', ['search', @bert, 'a man', 'known.txt'], '!cache'],
    ['search --queries', ['search', @bert, '--no-cache', '--queries', 'in.txt', '-k2', 'in.txt']],
    ['search known --queries', ['search', @bert, '--queries', 'in.txt', 'known.txt'], '!cache'],
    ['search --hybrid', ['search', @bert, '--no-cache', '--hybrid', 'a man', 'in.txt']],
    ['search known --hybrid', ['search', @bert, '--hybrid', '--queries', 'in.txt', 'known.txt'], '!cache'],
    ['search known --rescore', ['search', @bert, '--vector-type', 'binary', '--rescore', '4', '-k2', '--queries', 'in.txt', 'known.txt'], '!cache'],
    ['search known jsonl', ['search', @bert, '-i', 'jsonl', '--field', 't', '-k2', 'a man', 'known.jsonl'], '!cache'],
    ['search -r', ['search', @bert, '-R', 'a man', 'below'], '!cache'],
    ['view', ['view', @bert, '-o', 'out', '-t', 'a man'], 'out'],
    ['view --open', ['view', @bert, '--open', '--quiet', '-o', 'out', '-t', 'a man'], '!out'],
    ['grep', ['grep', @bert, 'a man', 'in.txt'], '!cache'],
    ['grep --no-cache', ['grep', @bert, '--no-cache', 'a man', 'in.txt']],
    ['grep known', ['grep', @bert, 'a man', 'known.txt'], '!cache'],
    ['grep --ignore', ['grep', @bert, '--ignore', 'man', '--ignore', 't$', 'a hat', 'in.txt']],
    ['grep --hide-token', ['grep', @bert, '--hide-token', '/^m/', 'a man', 'in.txt']],
    ['score', ['score', @bert, '-f', 'jsonl', 'in.txt']],
    ['classify', ['classify', @nli, '-f', 'jsonl', '-o', 'out', 'in.txt'], 'out'],
    ['tag', ['tag', @ner, '--aggregation', 'average', '-f', 'jsonl', '-o', 'out', 'in.txt'], 'out'],
    ['rerank', ['rerank', '-m', 'cross', '-j1', '-o', 'out', 'a man', 'in.txt'], 'out'],
    ['rerank --pairs', ['rerank', '-m', 'cross', '-j1', '--pairs', '-f', 'csv', 'pairs.txt']],
    ['answer', ['answer', '-m', 'squad', '-j1', '-k', '3', '-f', 'jsonl', '-o', 'out', 'pairs.txt'], 'out'],
    ['next-sentence', ['next-sentence', '-m', 'nsp', '-j1', '-f', 'csv', 'pairs.txt']],
    ['sparse', ['sparse', @bert, '-f', 'jsonl', '-o', 'out', 'in.txt'], 'out'],
    ['classify --labels-from', ['classify', @nli, '--labels-from', 'in.txt', '-k', '0', 'in.txt']],
    ['tokenize', ['tokenize', @bert, '-i', 'csv', '--field', 't', '--id', 'i', '-f', 'jsonl', '-o', 'out', 'in.csv'], 'out'],
    ['tokenize pieces', ['tokenize', '-m', 'pieces', '-f', 'jsonl', 'in.txt']],
    ['tokenize merges.txt', ['tokenize', '-m', 'merges', '-f', 'jsonl', 'in.txt']],
    ['tokenize bpe.codes', ['tokenize', '-m', 'codes', '-f', 'jsonl', 'in.txt']],
    ['tokenize .model', ['tokenize', '-m', 'model', '-f', 'jsonl', 'in.txt']],
    ['tokenize steps', ['tokenize', '-m', 'steps', '-f', 'jsonl', 'steps.txt']],
    ['embed pytorch_model.bin', ['embed', '-m', 'torch', '-j1', '-f', 'csv', 'in.txt']],
    ['embed checkpoint', ['embed', '-m', 'google', '-j1', '-f', 'csv', 'in.txt']],
    ['tokenize --decode', ['tokenize', @bert, '--decode', '-t', '2 5 6 3']],
    ['embed --resume', ['embed', @bert, '--resume', '-f', 'npy', '-o', 'out', 'in.txt'], 'out'],
    ['embed --shard', ['embed', @bert, '--shard', '2/3', '-f', 'csv', '-o', 'out', 'in.txt', 'in.txt'], 'out'],
    ['npy-join', ['npy-join', '-o', 'out', 'in.npy', 'in.npy'], 'out'],
    ['grep --resume', ['grep', @bert, '--resume', '-B1', '-o', 'out', 'a man', 'in.txt'], 'out'],
    ['dedup', ['dedup', @bert, '-o', 'out', 'in.txt'], 'out'],
    ['similar', ['similar', @bert, '--pair', '-f', 'csv', '-o', 'out', 'in.tsv'], 'out'],
    ['head-stats', ['head-stats', @bert, '-f', 'csv', '-o', 'out', 'in.txt'], 'out'],
    ['head-stats svg', ['head-stats', @bert, '-f', 'svg', '-o', 'out', 'in.txt'], 'out'],
    ['head-stats --distances svg', ['head-stats', @bert, '--distances', '-f', 'svg', 'in.txt']],
    ['position-dump', ['position-dump', @bert, '--similarity', 'cosine', '-f', 'csv', '-o', 'out'], 'out'],
    ['info', ['info', @bert]],
    ['convert', ['convert', @sentence, '-o', 'new'], 'new/'],
    ['convert f16', ['convert', @bert, '--precision', 'f16', '-o', 'new'], 'new/'],
    ['convert int8', ['convert', @bert, '--precision', 'int8', '-o', 'new'], 'new/'],
    ['embed GGUF', ['embed', '-m', 'gguf', '-f', 'jsonl', '-o', 'out', 'in.txt'], 'out'],
    ['info GGUF', ['info', '-m', "$models/gguf/xlmr.gguf"]],
    ['models', ['models', '-f', 'csv']],
    ['models --names', ['models', '--names']],
    ['pull', ['pull', '--retries', '0', 'org/name'], '!cache'],
    ['help', ['embed', '--help']],
    ['version', ['--version']],
    ['completion', ['completion', 'bash']],
);

# What the system would say; ENOMEM for all that is not here.
my %errno = (
    read => POSIX::EIO, fread => POSIX::EIO, write => POSIX::ENOSPC, fwrite => POSIX::ENOSPC,
    fflush => POSIX::ENOSPC, fclose => POSIX::ENOSPC, close => POSIX::EIO, fsync => POSIX::EIO,
    ftruncate => POSIX::ENOSPC, lseek => POSIX::EIO, fseeko => POSIX::EIO, open => POSIX::EMFILE,
    fopen => POSIX::EMFILE, mkstemp => POSIX::ENOSPC, mkdir => POSIX::ENOSPC, stat => POSIX::EACCES,
    fstat => POSIX::EIO, access => POSIX::EACCES, rename => POSIX::EACCES, unlink => POSIX::EACCES,
    opendir => POSIX::EMFILE, fchmod => POSIX::EPERM, fchown => POSIX::EPERM, utimensat => POSIX::EACCES,
    pipe2 => POSIX::EMFILE, symlink => POSIX::EPERM, flock => POSIX::ENOLCK, pthread_create => POSIX::EAGAIN,
);
my $seconds = 120;    # a run that takes longer hangs

sub spew {
    my ($name, $text) = @_;
    open my $f, '>:raw', $name or die "$name: $!\n";
    print $f $text;
    close $f or die "$name: $!\n";
}

sub slurp {
    my ($name) = @_;
    open my $f, '<:raw', $name or return undef;
    local $/;
    my $text = <$f>;
    return defined $text ? $text : '';
}

sub write_inputs {
    my $text = "The man's hat [MASK].\na b c\nunaffable \xe7\x8e\x8b [MASK]\n";
    my $header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 32), }";
    spew('in.txt', $text);
    spew('in.json', qq([{"t": ["a man",\n {}]}, {"t":["b\\u0020c", "d"]}]\n));
    spew('known.txt', "${text}x\n");
    mkdir 'below';
    spew('below/in.txt', $text);
    spew('masks.txt', "The [MASK]'s hat.\na [MASK] c [MASK]\n");
    spew('pairs.txt', "a man\tthe man's hat\na hat\tc man of a hat\n");
    spew('in.csv', qq(i,t\n1,"a ""b"""\n2,c\n));
    spew('in.jsonl', qq({"i":[1],"t":"a"}\n{"i":2.50,"t":"b"}\n));
    spew('in.tsv', "a\tb\nc\td\n");
    # Each record needs more room than those before.
    spew('long.jsonl', join '', map { my $t = 'a ' x (3 * $_); qq({"t":"$t","u":"c\\n$t"}\n) } 1, 60, 200);
    spew('known.jsonl', join '', map { my $t = 'a\n' x (3 * $_); qq({"t":"$t"}\n) } 1, 60, 200);
    spew('long.csv', join '', "t\n", map { my $t = 'a ' x (3 * $_); qq("$t"\n) } 1, 60, 200);
    spew('long.tsv', join '', map { join("\t", ('a') x $_) . "\n" } 2, 20, 90);
    write_steps();
    write_checkpoint();
    write_torch();
    gzip(\$text => 'in.gz', Time => 0) or die "gzip\n";
    $header .= ' ' x (117 - length $header) . "\n";
    spew('in.npy', "\x93NUMPY\1\0" . pack('v', length $header) . $header .
        pack('f<*', (-1) x 32, (1) x 32));
}

# Tokenizers of XLM-RoBERTa: of tokenizer.json, and of SentencePiece's file; of
# RoBERTa and of PhoBERT; and a GGUF file alone.
sub write_tokenizers {
    my $mark = '{"type":"Metaspace","replacement":"_"}';
    my $map = '{"type":"Precompiled","precompiled_charsmap":"BAAAAAAAAAAA"}';
    my %files = (pieces => ['tokenizer.json', <<"END"], model => ['sentencepiece.bpe.model', slurp($pieces)]);
{"added_tokens":[{"id":4,"content":"[MASK]","special":true,"normalized":false}],
"normalizer":{"type":"Sequence","normalizers":[$map,{"type":"Lowercase"}]},
"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},$mark]},
"post_processor":null,"decoder":$mark,"model":{"type":"Unigram","unk_id":0,
"vocab":[["<unk>",0.0],["_a",-1.25],["_",-3.4635426998138428],["b",-4],["[MASK]",0]]}}
END
    $files{merges} = ['vocab.json', '{"a":0,"m":1,"n":2,"\u0120":3,"\u0120m":4}'];
    $files{codes} = ['vocab.txt', "a 3\nm@@ 2\nan 1\n"];
    my %class = (model => 'XLMRoberta', merges => 'Roberta', codes => 'Phobert');
    for my $name (sort keys %files) {
        my $class = exists $class{$name} ? "$class{$name}Tokenizer" : 'PreTrainedTokenizerFast';
        mkdir $name or die "$name: $!\n";
        spew("$name/config.json", slurp("$models/bert-uncased/config.json"));
        spew("$name/tokenizer_config.json", qq({"tokenizer_class":"$class"}));
        spew("$name/$files{$name}[0]", $files{$name}[1]);
    }
    make_heads("$models/..", '.');
    mkdir 'gguf' or die "gguf: $!\n";
    spew('gguf/one.gguf', slurp("$models/gguf/bert.gguf"));
    spew('merges/merges.txt', "#version: 0.2\n\xc4\xa0 m\n");
    spew('codes/bpe.codes', "a n</w> 2\nm an</w> 1\n");
}

# A Hugging Face cache with one model.
sub write_cache {
    my $repository = 'hub/models--org--name';

    mkdir $_ or die "$_: $!\n" for 'hub', $repository, "$repository/snapshots", "$repository/refs";
    symlink "$models/bert-uncased", "$repository/snapshots/abad1dea" or die "$repository: $!\n";
    spew("$repository/refs/main", 'abad1dea');
}

# A checkpoint of TensorFlow 1, under a name that has to be looked for: that of
# the corpus of fuzzing, whose form tests/fuzz/folder.h says.
sub write_checkpoint {
    my %name = (5 => 'vocab.txt', 26 => 'bert_config.json', 27 => 'model.ckpt-7.index',
        28 => 'model.ckpt-7.data-00000-of-00001');
    my $archive = slurp($checkpoint);

    mkdir 'google' or die "google: $!\n";
    while ($archive =~ s/\A(.)(..)//s) {
        my ($id, $size) = (ord $1, unpack 'v', $2);
        spew("google/$name{$id}", substr $archive, 0, $size, '');
    }
    spew('google/checkpoint', qq(model_checkpoint_path: "model.ckpt-7"\n));
    spew('google/model.ckpt-6.index', '');
}

# The weights as a file of torch.save() that has to be inflated.
sub write_torch {
    system('cp', '-r', "$models/bert-uncased", 'torch') == 0 or die "torch\n";
    system('chmod', '-R', 'u+w', 'torch');
    system($^X, $torch_bin, 'torch', 'deflated') == 0 or die "torch\n";
}

# A hub with one model, for berth pull; its address is in the environment. Returns
# its process, or nothing where there can be none.
my $ports;    # closing it would wait for that process
sub start_hub {
    my ($folder) = @_;

    return if system("command -v python3 > $folder/which") != 0
        || qx('$program' pull --retries 0 --endpoint http://127.0.0.1:1 a 2>&1) =~ /without libcurl/;
    mkdir $_ or die "$_: $!\n" for "$folder/org", "$folder/org/name", "$folder/org/name/main";
    spew("$folder/org/name/main/$_", slurp("$models/bert-uncased/$_")) for 'config.json', 'model.safetensors';
    my $pid = open $ports, '-|', 'python3', 'tests/hub/server.py', $folder, "$folder/log", "$folder/faults"
        or die "server.py: $!\n";
    $ENV{HF_ENDPOINT} = 'http://127.0.0.1:' . (split ' ', <$ports>)[0];
    return $pid;
}

# A tokenizer of many steps, and texts that each of them changes.
sub write_steps {
    my @normalizers = ('Precompiled","precompiled_charsmap":"BAAAAAAAAAA="', 'NFKD"', 'StripAccents"',
        'Replace","pattern":{"String":"``"},"content":"\'"', 'Prepend","prepend":" "', 'Lowercase"',
        'Strip","strip_left":true,"strip_right":true');
    my @splitters = ('WhitespaceSplit"', 'Punctuation"', 'Digits","individual_digits":true');
    my ($before, $after) = map { join ',', map { qq({"type":"$_}) } @$_ } \@normalizers, \@splitters;

    mkdir 'steps';
    spew('steps/tokenizer.json', '{"added_tokens":[{"id":1,"content":"A","normalized":true}],'
        . qq("normalizer":{"type":"Sequence","normalizers":[$before]},)
        . qq("pre_tokenizer":{"type":"Sequence","pretokenizers":[$after]},)
        . '"model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",'
        . '"max_input_chars_per_word":100,"vocab":{"[UNK]":0,"a":1,"##b":2}}}');
    spew('steps/tokenizer_config.json', '{"tokenizer_class":"PreTrainedTokenizerFast"}');
    spew('steps/config.json', '{"model_type":"bert","vocab_size":3}');
    spew('steps.txt', "a`` \xc3\x8912.\xef\xac\x81\n" . "e\xcc\x81\xcc\xa7 a1b`` \xff" x 200);
}

# Runs a case; %fault goes to the environment. Returns status, stdout, stderr
# and, of each call, how often it was made.
sub run {
    my ($args, %fault) = @_;
    my $folder = getcwd();
    my $pid = fork;
    defined $pid or die "fork: $!\n";
    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', 'log/stdout';
        open STDERR, '>', 'log/stderr';
        %ENV = (%ENV, HOME => '/nonexistent', XDG_CACHE_HOME => "$folder/cache", TMPDIR => 'tmp',
            HF_HUB_CACHE => $args->[0] eq 'pull' ? "$folder/cache/hub" : "$folder/hub",
            ASAN_OPTIONS => 'exitcode=99:allocator_may_return_null=1',
            FAULT_REPORT => 'log/report', %fault);
        $ENV{LD_PRELOAD} = $library if defined $library;
        alarm $seconds;
        exec { $program } 'berth', @$args or POSIX::_exit(127);
    }
    waitpid $pid, 0;
    my %calls = map { /^(\w+) (\d+)$/ ? ($1, $2) : /^hit$/ ? ('hit', 1) : () }
        split /\n/, slurp('log/report') // '';
    unlink 'log/report';
    return {status => $?, out => slurp('log/stdout'), err => slurp('log/stderr'), calls => \%calls};
}

# Everything that lies in the scratch folder.
sub listing {
    return join ' ', grep { !m{^log/} } sort map { glob "$_" } '*', '.[!.]*', '*/*', 'cache/*/*';
}

# Such a case finds the cache of a run before it.
sub is_known { return $_[0][0] =~ /^(grep|search) known/ }

sub is_cache { return $_[0] eq 'cache' }

# What an output is now: its bytes, or those of all files of a folder.
sub now {
    my ($name) = @_;
    return slurp($name) // 'nothing' if $name !~ m{/$};
    return 'nothing' if !-d $name;
    return join "\n", map { "$_: " . slurp($_) } grep { -f $_ } sort map { glob "$name$_" } '*', '*/*';
}

# What an output file holds before: an index must be one, of other texts here.
sub old {
    my ($name) = @_;
    return 'nothing' if $name =~ m{/$};
    return $name eq 'index' ? slurp('old.index') : "what was there before\n";
}

# The state before a run: outputs hold something old, no cache is there.
sub reset_outputs {
    my ($case) = @_;
    for my $name (outputs($case)) {
        is_cache($name) || $name =~ m{/$} ? remove_tree($name) : spew($name, old($name));
    }
}

sub outputs {
    my ($case) = @_;
    return map { s/^!//r } @$case[2 .. $#$case];
}

# What is wrong with a run; '' when nothing is.
sub judge {
    my ($case, $good, $run, $function) = @_;
    my $status = $run->{status};
    my $failed = $case->[1][0] eq 'grep' ? 2 : 1;
    # Not berth's: one of libcurl's libraries tells of its own trouble.
    $run->{err} =~ s/^Error in GnuTLS initialization.*\n//mg if $case->[0] eq 'pull';
    my @lines = split /\n/, $run->{err};
    my @errors = grep { !/^berth: warning: / } @lines;
    my @old_lines = split /\n/, $good->{err};

    return 'hangs' if ($status & 127) == POSIX::SIGALRM;
    # Not berth's: regcomp() of glibc 2.36 frees twice what it could not finish.
    return '' if $status == POSIX::SIGABRT && $case->[0] =~ /--hide-token/ && $run->{err} =~ /double free/;
    return 'dies of signal ' . ($status & 127) if $status & 127;
    $status >>= 8;
    return 'a sanitizer: ' . join ' ', grep { /ERROR|SUMMARY/ } @lines if $status == 99;
    return "ends with $status" if $status != 0 && $status != $failed;
    return "says '$run->{err}'" if $run->{err} =~ /\(null\)|Success/ || grep { !/^berth: ./ } @lines;
    for my $output (@$case[2 .. $#$case]) {
        my $name = $output =~ s/^!//r;
        next if is_cache($name);
        my $is = now($name);
        return "$name is neither old nor new" if $is ne $good->{file}{$name} && $is ne old($name);
        next if $name ne $output;
        return "$name is not whole" if $status == 0 && $is ne $good->{file}{$name};
        return "$name is not what it was" if $status != 0 && $is ne old($name);
    }
    if ($status == 0) {
        return 'another output, and status 0' if $run->{out} ne $good->{out};
        return "status 0 with '@errors'" if @errors;
    } else {
        return 'says nothing' if !@errors;
        return 'says it ' . @errors . " times: $errors[0] $errors[1]" if @errors > 1;
        # An array on a pipe is cut where it is cut.
        return 'a partial line' if $run->{out} =~ /[^\n]\z/ && $case->[0] !~ /pipe/;
    }
    return resumed($case, $good) if $status != 0 && grep { $_ eq '--resume' } @{$case->[1]};
    if ($function ne 'unlink' && $run->{files} ne $good->{files}) {
        my %there = map { $_ => 1 } split / /, $good->{files};
        my @more = grep { !$there{$_} } split / /, $run->{files};
        return "leaves @more" if @more;
    }
    return '';
}

# A run with --resume leaves what it has done: the same one must come to its end.
sub resumed {
    my ($case, $good) = @_;
    my $again = run($case->[1], FAULT_N => 0);

    return "does not go on: $again->{err}" if $again->{status};
    for my $name (outputs($case)) {
        return "$name is another when gone on with" if now($name) ne $good->{file}{$name};
    }
    my $files = listing();
    return "leaves more than $good->{files}: $files" if $files ne $good->{files};
    return '';
}

# Which of a number of calls to try.
sub chosen {
    my ($calls, $salt) = @_;
    my $most = $opt{n} // $calls;
    return 1 .. $calls if $calls <= $most;
    return sort { $a <=> $b } map { 1 + ($salt + int($_ * $calls / $most)) % $calls } 0 .. $most - 1;
}

# All faults of a case: a reference to the complaints, and how many there were.
sub try_case {
    my ($case, $salt) = @_;
    my (%complaints, $n);
    run($case->[1]) if is_known($case);
    reset_outputs($case) if !is_known($case);
    my $good = run($case->[1], FAULT_N => 0);
    $good->{file}{$_} = now($_) for grep { !is_cache($_) } outputs($case);
    $good->{files} = listing();
    return {"without a fault: status $good->{status}: $good->{err}" => ['']}, 0 if $good->{status};
    return {'no fault reaches this program' => ['']}, 0 if !%{$good->{calls}};
    for my $function (sort keys %{$good->{calls}}) {
        for my $call (chosen($good->{calls}{$function}, $salt)) {
            reset_outputs($case) if !is_known($case);
            my $run = run($case->[1], FAULT_CALL => $function, FAULT_N => $call,
                FAULT_ERRNO => $errno{$function} // POSIX::ENOMEM, $opt{s} ? (FAULT_ON => 1) : ());
            $n++;
            $run->{files} = listing();
            my $what = judge($case, $good, $run, $function);
            push @{$complaints{$what}}, "$function $call" if $what ne '';
            if ($run->{files} ne $good->{files}) {
                my %there = map { $_ => 1 } split / /, $good->{files};
                remove_tree(grep { !$there{$_} && $_ ne 'cache' } split / /, $run->{files});
            }
        }
    }
    return \%complaints, $n;
}

# Every worker takes its share of the cases, and prints a line for each.
sub work {
    my ($worker, $workers, $to) = @_;
    my $folder = tempdir(CLEANUP => 1);
    chdir $folder or die "$folder: $!\n";
    mkdir $_ for 'tmp', 'log';
    write_inputs();
    write_tokenizers();
    write_cache();
    run(['search', @bert, '--index', 'old.index', 'a man', 'known.txt']);
    for my $i (grep { $_ % $workers == $worker } 0 .. $#cases) {
        next if defined $opt{c} && $cases[$i][0] ne $opt{c};
        my ($complaints, $n) = try_case($cases[$i], $i);
        my $result = join '', map { "# $_: " . join(', ', @{$complaints->{$_}}) . "\n" }
            sort keys %$complaints;
        my $not = $result eq '' ? '' : 'not ';
        syswrite $to, "${not}ok - $cases[$i][0]: $n faults\n$result";
    }
    chdir '/';
}

my $workers = POSIX::sysconf(83) // 1;    # _SC_NPROCESSORS_ONLN of glibc
$workers = 4 if $workers > 4;
$workers = 1 if $workers < 1;
my $hub_folder = tempdir(CLEANUP => 1);
my $hub = start_hub($hub_folder);
@cases = grep { $_->[0] ne 'pull' } @cases if !$hub;
my @chosen = grep { !defined $opt{c} || $_->[0] eq $opt{c} } @cases;
my @pipes;
for my $worker (0 .. $workers - 1) {
    pipe my $from, my $to or die "pipe: $!\n";
    my $pid = fork;
    defined $pid or die "fork: $!\n";
    if ($pid == 0) {
        work($worker, $workers, $to);
        exit 0;
    }
    push @pipes, $from;
}
my ($tests, $faults, $bad) = (0, 0, 0);
for my $from (@pipes) {
    while (<$from>) {
        $tests++, $faults += $1 if /^(?:not )?ok - .*: (\d+) faults$/;
        $bad++ if /^not /;
        s/ok - /ok $tests - /;
        print;
    }
    wait;
    $bad++ if $?;
}
# A worker that dies takes its cases with it.
$bad++ if $tests != @chosen;
kill TERM => $hub if $hub;
print "# $faults faults\n1..", scalar @chosen, "\n";
exit($bad > 0);
