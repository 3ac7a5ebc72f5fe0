# add_head.pl DIR JSON TENSOR=SHAPE=VALUES... - gives the model in DIR another head:
# these keys of config.json, and these float32 tensors in place of its own.
# H in a shape is the hidden size; values have commas between and are taken round
# and round; I is the identity.
use strict;
use warnings;
use JSON::PP;

my ($dir, $keys, @tensors) = @ARGV;
my $json = JSON::PP->new->canonical;

sub slurp {
    open my $f, '<:raw', $_[0] or die "$_[0]: $!\n";
    local $/;
    return <$f>;
}

sub spew {
    my $name = shift;
    chmod 0644, $name;
    open my $f, '>:raw', $name or die "$name: $!\n";
    print $f @_;
    close $f or die "$name: $!\n";
}

my $config = $json->decode(slurp("$dir/config.json"));
$config = {%$config, %{$json->decode($keys)}};
spew("$dir/config.json", $json->encode($config));
my $data = slurp("$dir/model.safetensors");
my $size = unpack 'Q<', $data;
my $header = $json->decode(substr $data, 8, $size);
# Every byte of the file belongs to a tensor: what stays, then what is new.
my ($packed, $from) = ('', 8 + $size);
delete $header->{__metadata__};
delete @$header{(grep /^cls\./, keys %$header), map { (split /=/)[0] } @tensors};
for (sort keys %$header) {
    my ($begin, $end) = @{$header->{$_}{data_offsets}};
    $header->{$_}{data_offsets} = [length $packed, length($packed) + $end - $begin];
    $packed .= substr $data, $from + $begin, $end - $begin;
}
my $n_hidden = $config->{hidden_size} // $config->{dim};
for (@tensors) {
    my ($name, $shape, $values) = split /=/;
    my @shape = map { $_ eq 'H' ? $n_hidden : $_ } split /,/, $shape;
    my @values = $values eq 'I' ? (1, (0) x $n_hidden) : split /,/, $values;
    my ($n, $begin) = (1, length $packed);
    $n *= $_ for @shape;
    $packed .= pack 'f<*', map { $values[$_ % @values] } 0 .. $n - 1;
    $header->{$name} = {dtype => 'F32', shape => \@shape,
        data_offsets => [$begin, length $packed]};
}
my $text = $json->encode($header);
$text .= ' ' x (-length($text) % 8);
spew("$dir/model.safetensors", pack('Q<', length $text), $text, $packed);
