# berth next-sentence.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    copy_with_head nsp '{"architectures": ["BertForNextSentencePrediction"]}' \
        bert.pooler.dense.weight=H,H=I bert.pooler.dense.bias=H=0 \
        cls.seq_relationship.weight=2,H=0.3,-0.2,0.5 cls.seq_relationship.bias=2=0
    printf 'the man\tthe hat\na cat\tsat on the mat\n' > in
}

@test "the probability is that of the first of two logits" {
    copy_with_head biased '{"architectures": ["BertForNextSentencePrediction"]}' \
        bert.pooler.dense.weight=H,H=0 bert.pooler.dense.bias=H=0 \
        cls.seq_relationship.weight=2,H=0 cls.seq_relationship.bias=2=1,0
    equal "$(berth next-sentence -m biased --digits 5 in)" $'0.73106\n0.73106'
}

@test "the numbers are those of transformers" {
    folders=("$models/albert-order")
    [ -z "${BERTH_REFERENCE:-}" ] ||
        folders+=("$BERTH_REFERENCE"/golden/{families/models/bert-nsp,models/bert-pretraining})
    for folder in "${folders[@]}"; do
        # nsp_logits.npy: float32 (texts, 2), of all texts; only pairs count here.
        perl -MJSON::PP -0777 -e 'open my $f, "<:raw", "$ARGV[0]/golden/nsp_logits.npy" or die;
            my $npy = <$f>;
            my @x = unpack "f<*", substr $npy, 10 + unpack("v", substr $npy, 8, 2);
            open $f, "<:raw", "$ARGV[0]/golden/golden.json" or die;
            for my $t (@{decode_json(<$f>)->{texts}}) {
                my ($a, $b) = splice @x, 0, 2;
                next unless defined $t->{pair};
                print encode_json({a => $t->{text}, b => $t->{pair}}), "\n";
                printf STDERR "%.8f\n", 1 / (1 + exp($b - $a));
            }' "$folder" > texts 2> want
        [ -s want ]
        berth next-sentence -m "$folder" -i jsonl --field a --field b --quiet texts |
            paste want - | awk 'NF != 2 || ($1 - $2) ^ 2 > 1e-10 { print; bad = 1 } END { exit bad }'
    done
}

@test "text, csv and jsonl hold the same score" {
    berth next-sentence -m nsp in > text
    equal "$(wc -l < text)" 2
    berth next-sentence -m nsp -f csv in > csv
    equal "$(head -n 1 csv)" record,score
    sed 1d csv | cut -d , -f 2 | diff text -
    berth next-sentence -m nsp -f jsonl in | perl -MJSON::PP -ne '$r = decode_json $_;
        print join(" ", sort keys %$r), "\n"' | uniq | diff - <(echo n_tokens record score truncated)
    berth next-sentence -m nsp -f jsonl in | sed 's/.*"score"://; s/}//' | diff text -
    printf 'id,a,b\n7,the man,the hat\n' |
        berth next-sentence -m nsp -i csv --field a --field b --id id -f csv | tail -n 1 |
        diff - <(echo "0,7,$(head -n 1 text)")
}

@test "the same bits for any batch and number of threads" {
    for i in 1 2 3 4 5 6 7 8 9; do sed "s/cat/cat $i/" in; done > many
    berth next-sentence -m nsp -j 1 --batch-tokens 1 many > one
    berth next-sentence -m nsp -j 2 many | cmp - one
}

@test "a line that is no pair fails alone; one field is refused" {
    printf 'no pair\nthe man\tthe hat\n' > bad
    run -1 --separate-stderr "$BERTH" next-sentence -m nsp bad
    equal "${lines[0]}" '!'
    equal "${lines[1]}" "$(berth next-sentence -m nsp in | head -n 1)"
    run -2 --separate-stderr "$BERTH" next-sentence -m nsp -i csv --field a in
    [[ $stderr == "berth: next-sentence compares two texts"* ]]
    run -1 --separate-stderr "$BERTH" next-sentence -m "$tiny" in
    [[ $stderr == *"expected a next-sentence head"* ]]
}
