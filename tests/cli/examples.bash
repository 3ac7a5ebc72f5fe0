# examples.bash - the examples of a manual page below $man, and of README.md beside
# it, for the tests that run them.
# shellcheck shell=bash

# examples PAGE - its displays as plain text, roff escapes undone; for README.md
# its indented lines, from "Examples" on.
examples() {
    if [ "$1" = README.md ]; then
        sed -n '/^## Examples/,/^## /s/^    //p' "$man/../README.md"
        return
    fi
    awk -v all="${1##*.}" '/^\.Sh/ { on = $2 == "EXAMPLES" || all == 7 }
         /^\.Ed/ { display = 0 }
         on && display {
             sub(/^\\&/, "")
             gsub(/\\-/, "-")
             gsub(/\\\(.e/, "é")
             gsub(/\\e/, "\\")
             print
         }
         /^\.Bd -literal/ { display = 1 }' "$man/$1" |
        perl -CSD -pe 's/\\\[u([0-9A-F]{4,5})\]/chr hex $1/ge'
}

# make_ner - the model "ner" in the present folder: the built-in one with a head for
# persons and places.
make_ner() {
    cp -r "$man/../models/berth-mini" ner
    rm -rf ner/[0-9]_* ner/modules.json
    perl "$man/../tests/cli/train_tags.pl" "$BERTH" ner
}

# make_squad - the model "squad" in the present folder: the built-in one with a head
# for answers, whose numbers are as good as any.
make_squad() {
    cp -r "$man/../models/berth-mini" squad
    rm -rf squad/[0-9]_* squad/modules.json
    perl "$man/../tests/cli/add_head.pl" squad '{"architectures":
        ["BertForQuestionAnswering"]}' qa_outputs.weight=2,H=0.3,-0.2,0.1,-0.5,0.4 \
        qa_outputs.bias=2=0
}

# make_bert - the model "bert" in the present folder: the built-in one with a head for
# next sentences, whose numbers are as good as any.
make_bert() {
    cp -r "$man/../models/berth-mini" bert
    rm -rf bert/[0-9]_* bert/modules.json
    perl "$man/../tests/cli/add_head.pl" bert '{"architectures":
        ["BertForNextSentencePrediction"]}' bert.pooler.dense.weight=H,H=I \
        bert.pooler.dense.bias=H=0 cls.seq_relationship.weight=2,H=0.3,-0.2,0.1 \
        cls.seq_relationship.bias=2=0
}

# make_models - the models of the examples, in the present folder: nli, a small one
# with random weights, reranker, whose head means nothing, and sentiment, the built-in one that tells what is like good
# sentences from what is like bad ones.
make_models() {
    local tests=$man/../tests weights
    cp -r "$tests/data/deberta-nli" nli
    cp -r "$tests/../models/berth-mini" sentiment
    rm -rf sentiment/[0-9]_* sentiment/modules.json
    cp -r sentiment reranker
    perl "$tests/cli/add_head.pl" reranker '{"architectures":
        ["BertForSequenceClassification"], "num_labels": 1, "id2label": {"0": "score"}}' \
        bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0 \
        classifier.weight=1,H=0.5,-0.25,0.125 classifier.bias=1=0
    printf '%s\n' 'I love it.' 'It was wonderful.' 'I liked it a lot.' \
        'I hate it.' 'It was terrible.' 'I disliked it a lot.' |
        berth embed --pooling cls --no-normalize -f f32 > prototypes
    # Of the tanh of what the model says of [CLS]: the difference of the means, and
    # what lies in their middle. f32 are little-endian.
    weights=$(perl -e 'local $/; my @x = unpack "f<*", <STDIN>; my $n = @x / 6;
        sub tanh { my $e = exp(2 * $_[0]); ($e - 1) / ($e + 1) }
        my (@w, $middle);
        for my $i (0 .. $n - 1) {
            my @t = map { tanh($x[$_ * $n + $i]) } 0 .. 5;
            my $good = ($t[0] + $t[1] + $t[2]) / 3;
            my $bad = ($t[3] + $t[4] + $t[5]) / 3;
            push @w, ($good - $bad) / 8;
            $middle += ($good - $bad) * ($good + $bad) / 16;
        }
        print join(",", map({ -$_ } @w), @w), " ", join ",", $middle, -$middle' \
        < prototypes)
    rm prototypes
    perl "$tests/cli/add_head.pl" sentiment '{"architectures":
        ["BertForSequenceClassification"], "id2label": {"0": "negative",
        "1": "positive"}}' bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0 \
        "classifier.weight=2,H=${weights% *}" "classifier.bias=2=${weights#* }"
}
