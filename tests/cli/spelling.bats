# Tokenizers that do not write tokens as BERT's: another mark for the pieces of
# a word, other names and another number of special tokens. The first model
# differs from the tiny one in names alone, so that all its numbers are the same.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    cp -r "$tiny" odd
    chmod -R u+w odd
    sed 's/"##/"@@/; s/\[CLS\]/<s>/g; s/\[SEP\]/<\/s>/g; s/\[PAD\]/<pad>/g
        s/\[MASK\]/<mask>/g; s/\[UNK\]/??/g' "$tiny/tokenizer.json" > odd/tokenizer.json
    rm odd/vocab.txt
    printf '%s' '{"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "??",
        "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>",
        "mask_token": "<mask>", "model_max_length": 44}' > odd/tokenizer_config.json
}

# same COMMAND... - both models give the same, but for the names.
same() {
    "$BERTH" "$@" -m "$tiny" > want
    "$BERTH" "$@" -m odd > odd.out
    [ "$(wc -l < want)" -gt 1 ]
    sed 's/@@/##/g; s/<s>/[CLS]/g; s/<\/s>/[SEP]/g; s/<pad>/[PAD]/g
        s/<mask>/[MASK]/g; s/??/[UNK]/g' odd.out | cmp - want
}

@test "the models differ in names" {
    equal "$("$BERTH" tokenize -m odd -t 'cats <mask>')" '<s> c @@at @@s <mask> </s>'
    same tokenize -f csv -t 'the cats, unbelievable ☃'
}

@test "attention-dump --level word puts the pieces together" {
    same attention-dump --level word -f csv -t 'the cats, unbelievable ☃'
    grep -q ,unbelievable, odd.out
    same attention-dump --level word --pad-to 16 -f jsonl -t 'the cats' -t a
}

@test "score --within-word hides the rest of a word" {
    same score --within-word --tokens -f csv -t 'the cats, unbelievable ☃'
    same score --tokens -f csv -t 'the cats, unbelievable ☃'
    run ! cmp -s odd.out <("$BERTH" score -m odd --within-word --tokens -f csv \
        -t 'the cats, unbelievable ☃')
}

@test "fill-mask --word has no pieces, marks and special tokens" {
    same fill-mask --word -k 580 -f csv -t 'the [MASK] sat'
    run ! grep -E '@@|,<pad>,|,\?\?,' odd.out
    same fill-mask -k 580 -f csv -t 'the [MASK] sat'
    grep -E ',@@s,thes sat$' odd.out
    same fill-mask --joint --word -f csv -t 'the [MASK] [MASK]'
    same fill-mask --joint -k 256 -f csv -t 'the [MASK] [MASK]'
}

@test "a word of --target is what the user wrote, whatever it begins with" {
    "$BERTH" fill-mask -m odd --target '##ab' --target '@@ab' -f csv \
        --no-header -t 'the [MASK] sat' | cut -d , -f 6,7 | sort > got
    equal "$(cat got)" $'##ab,the ##ab sat\n@@ab,theab sat'
}

@test "head-stats: a special token is no punctuation" {
    same head-stats -f csv -t 'the cats, unbelievable ☃ sat!'
}

@test "view marks the pieces of a word" {
    for model in "$tiny" odd; do
        "$BERTH" view -m "$model" -t 'the cats, a' |
            sed -n 's|^<script type="application/json" class="record">\(.*\)</script>$|\1|p' |
            json 'join "", @{$o->{continues}}' > got
        equal "$(cat got)" 00011000
    done
}

# A second end after every text.
twice() {
    perl -0pi -e 's/(\{\s*"SpecialToken": \{\s*"id": "<\/s>",\s*"type_id": 0\s*\}\s*\})(\s*\],\s*"pair")/$1, $1$2/ or die' \
        odd/tokenizer.json
    equal "$("$BERTH" tokenize -m odd -t cats)" '<s> c @@at @@s </s> </s>'
}

@test "score --choose: a reading has its text's tokens and the model's" {
    twice
    "$BERTH" score -m odd --choose -f csv --no-header -t $'a\tb' | cut -d , -f 4 > got
    [[ $(cat got) = [ab] ]]
    run -1 --separate-stderr "$BERTH" score -m odd --choose -t $'a\t'
    equal "$stderr" 'berth: -t:1: reading 2 has no tokens'
}

@test "score: windows count each token once after any special tokens" {
    twice
    text='a b c d e f g h i j k l m n o p'
    for overlap in 0 1 2 3; do
        "$BERTH" score -m odd --tokens -f csv --no-header --overflow window \
            --max-tokens 9 --overlap "$overlap" -t "$text" | cut -d , -f 3 > got
        equal "$(tr '\n' ' ' < got)" "$text "
    done
}

@test "fill-mask --target: its pieces fit beside the special tokens" {
    twice
    fill() {
        "$BERTH" fill-mask -m odd --target unbelievable -t 'a [MASK]' "$@"
    }
    n=$("$BERTH" tokenize -m odd --count -t unbelievable)
    fill --max-tokens "$n" > got
    run -2 fill --max-tokens $((n - 1))
    [[ $output == *"--target: $((n - 3)) pieces do not fit into $((n - 1)) tokens"* ]]
}

@test "the mask is written [MASK] or <mask>, whatever the model's own is" {
    for model in "$tiny" odd; do
        "$BERTH" fill-mask -m "$model" -f csv -t 'the [MASK] sat[MASK]' > want
        "$BERTH" fill-mask -m "$model" -f csv -t 'the <mask> sat<mask>' |
            cut -d , -f 1-6 | cmp - <(cut -d , -f 1-6 want)
    done
}

@test "the blank that a mask token takes in stays in the text" {
    perl -0pi -e 's/("content": ?"<mask>".*?"lstrip": ?)false/$1true/s' \
        odd/tokenizer.json
    equal "$("$BERTH" tokenize -m odd -f jsonl -t 'a  <mask>' |
        grep -o '"offsets":.*' | tr -d ' ' | cut -c 11-36)" '[[0,0],[0,1],[1,9],[0,0]]}'
    equal "$("$BERTH" fill-mask -m odd --target cat -t 'the  [MASK] sat' |
        head -n 1 | cut -f 3)" 'the  cat sat'
}
