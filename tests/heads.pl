# heads.pl - models with a head, of tests/data/bert-uncased: for scripts that try the
# commands of heads.
use strict;
use warnings;

my @pooler = ('bert.pooler.dense.weight=H,H=I', 'bert.pooler.dense.bias=H=0');
my %heads = (
    ner => ['"architectures":["BertForTokenClassification"],"id2label":{"0":"O","1":"B-PER","2":"I-PER"}',
        'classifier.weight=3,H=1.3,-0.8,-1.2,0.5,0.9,-0.7,0.1', 'classifier.bias=3=0'],
    squad => ['"architectures":["BertForQuestionAnswering"]',
        'qa_outputs.weight=2,H=1.3,-0.8,-1.2,0.5,0.9', 'qa_outputs.bias=2=0'],
    cross => ['"num_labels":1', @pooler, 'classifier.weight=1,H=2,-1,1,3,-2', 'classifier.bias=1=0'],
    nsp => ['"architectures":["BertForNextSentencePrediction"]', @pooler,
        'cls.seq_relationship.weight=2,H=2,-1,1,3,-2', 'cls.seq_relationship.bias=2=0'],
);

# make_heads - each in a folder of its name in the folder $in; $tests: where tests/ is.
sub make_heads {
    my ($tests, $in) = @_;
    for my $name (sort keys %heads) {
        my ($keys, @tensors) = @{$heads{$name}};
        system('cp', '-r', "$tests/data/bert-uncased", "$in/$name") == 0 &&
            system('chmod', '-R', 'u+w', "$in/$name") == 0 &&
            system($^X, "$tests/cli/add_head.pl", "$in/$name", "{$keys}", @tensors) == 0
            or die "$in/$name\n";
    }
}

1;
