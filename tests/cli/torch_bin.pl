#!/usr/bin/perl
# torch_bin.pl FOLDER [deflated] - writes the tensors of model.safetensors as
# torch.save() does, as pytorch_model.bin in its place; or as someone packed it.
use strict;
use warnings;
use Compress::Raw::Zlib qw(crc32 MAX_WBITS);
use JSON::PP;

my %storage = (F32 => 'Float', F16 => 'Half', BF16 => 'BFloat16', F64 => 'Double', I64 => 'Long');
my %size = (F32 => 4, F16 => 2, BF16 => 2, F64 => 8, I64 => 8);
my ($folder, $deflated) = @ARGV;
open my $in, '<:raw', "$folder/model.safetensors" or die "$folder/model.safetensors: $!";
local $/;
my $file = <$in>;
my $n = unpack 'Q<', $file;
my $header = decode_json(substr $file, 8, $n);
delete $header->{__metadata__};

sub deflated {
    my ($z, $packed, $end) = Compress::Raw::Zlib::Deflate->new(-WindowBits => -MAX_WBITS, -AppendOutput => 1);
    $z->deflate($_[0], $packed);
    $z->flush($packed);
    return $packed;
}

sub text { 'X' . pack('V', length $_[0]) . $_[0] }
sub sizes { '(' . join('', map { 'J' . pack 'V', $_ } @_) . 't' }

my ($pickle, @entries) = ("\x80\x02}(");
for my $name (sort keys %$header) {
    my ($dtype, $begin, $end) = ($header->{$name}{dtype}, @{$header->{$name}{data_offsets}});
    my @shape = @{$header->{$name}{shape}};
    my @strides = map { my $step = 1; $step *= $_ for @shape[$_ + 1 .. $#shape]; $step } 0 .. $#shape;
    my $key = @entries;
    push @entries, ["data/$key", substr $file, 8 + $n + $begin, $end - $begin];
    $pickle .= text($name) . "ctorch._utils\n_rebuild_tensor_v2\n((" . text('storage') .
        "ctorch\n$storage{$dtype}Storage\n" . text($key) . text('cpu') .
        'J' . pack('V', ($end - $begin) / $size{$dtype}) . 'tQK' . "\0" . sizes(@shape) . sizes(@strides) .
        "\x89ccollections\nOrderedDict\n)RtR";
}
my ($out, $directory, $count) = ('', '', 0);
for (['data.pkl', "${pickle}u."], @entries, ['version', "3\n"]) {
    my ($name, $data) = ("pytorch_model/$_->[0]", $_->[1]);
    my $packed = $deflated ? deflated($data) : $data;
    my $facts = pack 'v5 V3 v2', 0, 0, $deflated ? 8 : 0, 0, 0, crc32($data), length $packed, length $data,
        length $name, 0;
    $directory .= "PK\1\2" . pack('v', 0) . $facts . pack('v3 V2', 0, 0, 0, 0, length $out) . $name;
    $out .= "PK\3\4$facts$name$packed";
    $count++;
}
$out .= $directory . "PK\5\6" . pack 'v4 V2 v', 0, 0, $count, $count, length $directory, length $out, 0;
open my $bin, '>:raw', "$folder/pytorch_model.bin" or die "$folder/pytorch_model.bin: $!";
print $bin $out;
close $bin or die "$folder/pytorch_model.bin: $!";
unlink "$folder/model.safetensors";
