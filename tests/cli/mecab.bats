# Japanese words through libmecab, with a small dictionary that is made here.

load common

# dictionary CONTEXTS - the folder "dic", with so many on each side of a word.
dictionary() {
    mkdir source dic
    printf '%s\n' すもも,0,0,100,a もも,0,0,110,a も,0,0,60,a の,0,0,50,a うち,0,0,50,a \
        東京,0,0,50,a ガス,0,0,50,a ΑΣ,0,0,50,a > source/words.csv
    printf '%s\n' 'DEFAULT 0 0 2' 'SPACE 0 1 0' 'LETTER 1 1 0' '0x0020 SPACE' \
        '0x0009 SPACE' '0x0041..0x005A LETTER' '0x0061..0x007A LETTER' > source/char.def
    printf '%s,0,0,4000,unknown\n' DEFAULT SPACE LETTER > source/unk.def
    printf '%s\n' "$1 $1" '0 0 0' > source/matrix.def
    printf 'UNIGRAM U:%%F[0]\n' > source/feature.def
    printf '%s\n' 'cost-factor = 800' 'bos-feature = BOS' > source/dicrc
    : > source/rewrite.def
    "$index" -d source -o dic -f utf-8 -t utf-8 > index.log 2>&1 || { cat index.log; return 1; }
    cp source/dicrc dic
    echo "dicdir = $PWD/dic" > mecabrc
    export MECABRC=$PWD/mecabrc HOME=$PWD
}

# japanese DICTIONARY [KEYS] - the folder "model", with more keys.
japanese() {
    rm -rf model
    cp -r "$tiny" model
    rm -f model/tokenizer.json
    printf '%s\n' '[PAD]' '[UNK]' '[CLS]' '[SEP]' '[MASK]' すもも もも も の うち 東京 ガ '##ス' \
        ABC a ας 令 '##和' う ち す '##も' > model/vocab.txt
    printf '{"tokenizer_class": "BertJapaneseTokenizer", "word_tokenizer_type": "mecab",
        "mecab_kwargs": {"mecab_dic": %s}%s}' "$1" "${2:+, $2}" > model/tokenizer_config.json
}

tokens() {
    berth tokenize -m model --no-special -t "$@"
}

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    index=$(mecab-config --libexecdir 2> /dev/null || echo /usr/lib/mecab)/mecab-dict-index
    [ -x "$index" ] || skip "mecab-dict-index is not here"
    dictionary 1
    japanese null
    run berth info -m model
    [[ $output != *"built with libmecab"* ]] || skip "berth was built without libmecab"
}

@test "words are those of the dictionary, and their places are in the text" {
    equal "$(tokens 'すもももももももものうち')" "すもも もも もも もも の うち"
    # At white space that ends a text libmecab looks for a NUL.
    equal "$(tokens $'東京\tの 東京  ')" "東京 の 東京"
    # Half-width letters, and one character for two: the places are the text's.
    equal "$(tokens '㋿ｶﾞｽ ＡＢＣ[MASK]の')" "令 ##和 ガ ##ス ABC [MASK] の"
    equal "$(tokens '㋿ｶﾞｽ ＡＢＣ[MASK]の' -f jsonl |
        json 'join " ", map { "$_->[0]-$_->[1]" } @{$o->{offsets}}')" \
        "0-3 0-3 3-6 9-12 13-22 22-28 28-31"
}

@test "characters, lower case, and text as it is" {
    japanese null '"subword_tokenizer_type": "character"'
    equal "$(tokens 'すもものうち A')" "す も も の う ち [UNK]"
    japanese null '"do_lower_case": true'
    equal "$(tokens 'ΑΣ A')" "ας a"
    japanese null
    perl -pi -e 's/"mecab_dic": null/"mecab_dic": null, "normalize_text": false/' \
        model/tokenizer_config.json
    equal "$(tokens 'ABC ＡＢＣ')" "ABC [UNK] [UNK]"
}

@test "any number of threads gives the same" {
    for _ in $(seq 300); do
        echo 'すもももももももものうち'
        echo '東京の ガス A の すもも'
    done > lines
    berth embed -m model -j 1 lines > one
    berth embed -m model -j 4 lines > four
    cmp one four
}

@test "another dictionary than the model's is refused, and what is not here" {
    japanese '"ipadic"'
    run -1 berth info -m model
    [[ $output == *"key 'mecab_kwargs.mecab_dic': expected MeCab's dictionary ipadic in UTF-8, found"*"1 and 1 contexts"* ]]
    japanese '"unidic"'
    run -1 berth info -m model
    [[ $output == *"key 'mecab_kwargs.mecab_dic': expected \"unidic_lite\" or \"ipadic\", found \"unidic\""* ]]
    japanese null '"subword_tokenizer_type": "sentencepiece"'
    run -1 berth info -m model
    [[ $output == *"expected \"wordpiece\" or \"character\", found \"sentencepiece\""* ]]
    japanese null '"subword_tokenizer_type": "character", "do_lower_case": true'
    run -1 berth info -m model
    [[ $output == *"key 'do_lower_case': expected false with characters, found true"* ]]
    japanese null
    MECABRC=$PWD/none run -1 berth info -m model
    [[ $output == *"key 'word_tokenizer_type': expected a dictionary of MeCab, found none"* ]]
}

@test "the dictionary of the model is known by its contexts" {
    rm -rf source dic
    dictionary 1316
    japanese '"ipadic"'
    equal "$(tokens '東京のうち')" "東京 の うち"
    berth info -m model | grep -q "^mecab_dictionary	$PWD/dic/sys.dic	libmecab$"
}
