# What README.md, man/berth-models.7 and tests/data/named-models.tsv say of
# models is so: each row and cell is tried with a small model of that shape.

load common

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    root=$BATS_TEST_DIRNAME/../..
    page=$root/man/berth-models.7
    table=$root/tests/data/named-models.tsv
}

# rows SECTION - the rows of that section's tables, cells between TABs; what
# stands in the comment behind a row comes last. A list of names is one of two cells.
rows() {
    perl -ne 'if (/^\.Sh (.*)/) { $on = $1 eq "'"$1"'"; next }
        if ($on && /^\.It Pa (\S+)$/) { print "$1\t", scalar <>; next }
        if ($on && /^\.It .* Ta /) { chomp; print "\n" if $row++;
            s/^\.It //; s/ Ta /\t/g; s/(^|\t)(Li|Pa) /$1/g; s/ No / /g; print }
        elsif ($row && /^\.\\" (.*)/) { print "\t$1" }
        elsif ($row && /^\.El/) { print "\n"; $row = 0 }' "$page" |
        grep -v '^model_type'
}

# find_folder NAME - the path of a golden folder.
find_folder() {
    for folder in "$models/$1" "$BERTH_REFERENCE/golden/models/$1" \
        "$BERTH_REFERENCE/golden/families/models/$1"; do
        [ ! -e "$folder/config.json" ] || { echo "$folder"; return; }
    done
    echo "no golden folder $1" >&2
    return 1
}

# edit_json FILE PERL - changes the object $o of a file.
edit_json() {
    perl -MJSON::PP -0777 -i -pe 'my $o = decode_json($_); '"$2"';
        $_ = encode_json($o)' "$1"
}

# write_characters CLASS - a few pieces of characters, merged as BPE has it: in
# HerBERT's files, or in those of fastBPE.
write_characters() {
    rm -f model/vocab.txt model/tokenizer.json
    printf '{"tokenizer_class": "%s"}' "$1" > model/tokenizer_config.json
    if [ "$1" = HerbertTokenizer ]; then
        printf '%s' '{"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4,' \
            '"T": 5, "h": 6, "e</w>": 7, "he</w>": 8, "The</w>": 9}' > model/vocab.json
        printf '%s\n' '#version: 0.2' 'h e</w>' 'T he</w>' > model/merges.txt
    else
        printf '%s 1\n' T@@ h@@ e he The > model/vocab.txt
        printf '%s 1\n' 'h e</w>' 'T he</w>' > model/bpe.codes
    fi
}

# make_folder FOLDER KEY=VALUE... - the folder "model", a copy with changes:
# tokenizer=FOLDER takes that of another, characters=CLASS a small one of characters,
# names=A/B are other names of tensors, as long, weights=bin has them in pytorch_model.bin,
# module=CLASS is another first module,
# mecab=NAME is the dictionary of Japanese words,
# tokenizer_class is that of tokenizer_config.json, any other key is of config.json.
make_folder() {
    rm -rf model
    cp -r "$(find_folder "$1")" model || return 1
    rm -rf model/golden
    for change in "${@:2}"; do
        key=${change%%=*} value=${change#*=}
        case $key in
        tokenizer)
            rm -f model/vocab.txt
            cp "$(find_folder "$value")"/{tokenizer,tokenizer_config}.json model
            ;;
        characters) write_characters "$value" ;;
        names) perl -pi -e "s,\"\Q${value%%/*},\"${value#*/},g" model/model.safetensors ;;
        weights) perl "$BATS_TEST_DIRNAME/torch_bin.pl" model ;;
        module)
            edit_json model/modules.json "\$o->[0]{type} =~ s/\\w+\$/$value/"
            ;;
        tokenizer_class)
            edit_json model/tokenizer_config.json "\$o->{$key} = '$value'"
            ;;
        mecab)
            edit_json model/tokenizer_config.json "\$o->{word_tokenizer_type} = '$key';
                \$o->{tokenizer_class} = 'BertJapaneseTokenizer';
                \$o->{mecab_kwargs}{mecab_dic} = '$value'"
            ;;
        *) edit_json model/config.json "\$o->{$key} = '$value';
            \$o->{$key} += 0 if '$value' =~ /^[0-9.]+\$/" ;;
        esac
    done
}

# refused TEXT COMMAND... - one line with that text, and nothing else.
refused() {
    run -1 --separate-stderr "$BERTH" "${@:2}"
    [[ $stderr == *"$1"* ]] && equal "$output" "" &&
        equal "$(wc -l <<< "$stderr")" 1
}

vectors() {
    [ "$(berth embed -m model --quiet -t 'The cat.' | wc -w)" -gt 1 ]
}

attention() {
    [ "$(berth attention-dump -m model -f csv -t 'The cat.' | wc -l)" -gt 9 ]
}

filling() {
    equal "$(berth fill-mask -m model -k 3 -f tsv --no-header \
        -t 'The [MASK] sat.' | wc -l)" 3
}

# With a model of inference, labels of one's own, too.
classifying() {
    n=$(of_info labels | awk -F ', ' '{ print NF }')
    equal "$(berth classify -m model -k 0 -f tsv --no-header -t 'The cat.' | wc -l)" "$n" &&
        case $(of_info labels) in
        *entailment*) berth classify -m model --labels warm,cold -t 'The sun.' | grep -q . ;;
        esac
}

# CrossEncoder's score, and the best text first.
reranking() {
    equal "$(printf 'The cat.\nThe sun.\n' | berth rerank -m model -f tsv --no-header 'Who sat?' | wc -l)" 2
}

sparse() {
    [ "$(berth sparse -m model -k 3 -f tsv --no-header -t 'The cat.' | wc -l)" -eq 3 ] &&
        refused "its vectors are sparse: berth sparse prints them" embed -m model -t 'The cat.' &&
        attention && filling
}

# label_tensors FAMILY - such a head of two labels, as add_head.pl takes it: logits 0
# and 1 of each text.
label_tensors() {
    local dense=$1.pooler.dense last=classifier
    grep -q "\"$1\." model/model.safetensors || dense=pooler.dense
    case $1 in
    distilbert) dense=pre_classifier ;;
    roberta | xlm-roberta | camembert | electra | mpnet | jina_embeddings_v3)
        dense=classifier.dense last=classifier.out_proj
        ;;
    albert) dense=albert.pooler ;;
    modernbert) dense=head.dense ;;
    eurobert) dense=dense ;;
    esac
    echo "$dense.weight=H,H=0 $dense.bias=H=0 $last.weight=2,H=0 $last.bias=2=0,1"
}

# The family's head for labels, given to a model of it.
labelling() {
    # shellcheck disable=SC2046
    perl "$BATS_TEST_DIRNAME/add_head.pl" model '{"architectures": []}' \
        $(label_tensors "$(of_info model_type)") &&
        [[ $(berth classify -m model -t 'The cat.') == $'LABEL_1\t0.73105'* ]]
}

# The family's head for tags, whose tensors may have the names of another's.
tagging() {
    perl "$BATS_TEST_DIRNAME/add_head.pl" model \
        '{"architectures": ["BertForTokenClassification"]}' classifier.weight=2,H=0 \
        classifier.bias=2=0,1 &&
        [[ $(berth tag -m model --aggregation none -t 'The cat.' | cut -f 2,3) == $'LABEL_1\t0.7310'* ]]
}

no_filling() {
    refused "expected a masked-language-model head" \
        fill-mask -m model -t 'The [MASK] sat.'
}

# of_config KEY - a number of the folder, as berth read it.
of_info() {
    berth info -m model | awk -F '\t' -v key="$1" '$1 == key { print $2 }'
}

# ------------------------------------------------------------ named models

@test "named models: the manual has each, and what berth does with it" {
    awk -F '\t' '!/^#/ && n++ { print $1 "\t" $8 }' "$table" > want
    [ "$(wc -l < want)" -eq 112 ]
    rows "NAMED MODELS" > got
    diff -u want got
}

@test "named models: a fact is marked seen or inferred, and a claim is known" {
    awk -F '\t' '!/^#/ && n++ && (NF != 8 || $6 !~ /^(seen|inferred)$/ ||
        $8 !~ /^((encoder )?loads( with MeCab)?|refused: .+)$/) {
            print "not a row: " $0; bad = 1 } END { exit bad }' "$table"
}

# does FAMILY TASK CLAIM - the folder does what is claimed.
does() {
    case $3 in
    refused:*) refused "${3#refused: }" embed -m model -t 'The cat.'; return ;;
    *" with MeCab") # whose dictionary may be missing
        "$BERTH" info -m model > info 2>&1 ||
            { refused "key 'mecab_kwargs.mecab_dic': expected" embed -m model -t a; return; }
        ;;
    esac
    [ "$2" != sparse ] || { sparse; return; }
    vectors && attention && equal "$(of_info model_type)" "$1" || return 1
    case $3:$2 in
    encoder*) no_filling || return 1 ;;
    loads*:*fill-mask*) filling || return 1 ;;
    loads*:classify) classifying || return 1 ;;
    loads*:qa) berth answer -m model -q 'Who sat?' -t 'The cat sat.' | grep -q '[a-z]' || return 1 ;;
    loads*:tag) berth tag -m model -f csv -t 'The cat.' > /dev/null || return 1 ;;
    loads*:rerank) reranking || return 1 ;;
    esac
}

# Rows that say the same of the same folder are tried once.
@test "named models: berth does what the table says" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
    failed=
    while IFS=$'\t' read -r family task shape claim; do
        # shellcheck disable=SC2086
        make_folder $shape && does "$family" "$task" "$claim" ||
            failed+="$family, $task, $shape: $claim
"
    done < <(awk -F '\t' '!/^#/ && n++ { family = $3; sub(/^~/, "", family)
        sub(/[ ;].*/, "", family); task = $2 ~ /classify|zero-shot/ ? "classify" : $2; sub(/^[^fcqrst].*/, "", task)
        print family "\t" (task == "" ? "-" : task) "\t" $7 "\t" $8 }' "$table" |
        sort -u)
    equal "$failed" ""
}

# The kind of tokenizer that a row names is that of its folder.
@test "named models: the folder has the tokenizer that the table says" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
    failed=
    while IFS=$'\t' read -r tokenizer shape; do
        # shellcheck disable=SC2086
        make_folder $shape
        kind=WordPiece
        [ ! -e model/vocab.json ] && [ ! -e model/bpe.codes ] || kind=BPE
        [ ! -e model/tokenizer.json ] || kind=$(perl -MJSON::PP -0777 \
            -ne 'print decode_json($_)->{model}{type}' model/tokenizer.json)
        equal "$kind" "$tokenizer" || failed+=" $shape"
    done < <(awk -F '\t' '!/^#/ && n++ && $8 !~ /^refused/ {
        print ($4 ~ /Unigram/ ? "Unigram" : $4 ~ /WordPiece/ ? "WordPiece" : "BPE") \
            "\t" $7 }' "$table" | sort -u)
    equal "$failed" ""
}

# ---------------------------------------------------------------- families

cell() { # COMMAND of a cell, its text
    case $2 in
    yes) "$1" ;;
    -) "no_$1" ;;
    *) echo "neither yes nor -: $2" >&2; return 1 ;;
    esac
}

# Of each query and key of a head: their distance, and what is in the score
# beside the product of q and k, in thousandths.
rest_of_scores() {
    for what in q k scores; do
        berth attention-dump -m model --what $what --layer 0 --head 0 -f jsonl \
            -t 'The cat sat on the mat.'
    done | perl -MJSON::PP -ne 'my $o = decode_json($_);
        push @parts, map { $_->[0][0] } grep { ref eq "ARRAY" &&
            ref $_->[0] && ref $_->[0][0] } values %$o;
        END { my ($q, $k, $s) = @parts; my $D = @{$q->[0]};
            for my $i (0 .. $#$q) { for my $j (0 .. $#$k) {
                my $rest = $s->[$i][$j];
                $rest -= $q->[$i][$_] * $k->[$j][$_] / sqrt $D for 0 .. $D - 1;
                printf "%d %d\n", $j - $i, 1000 * $rest + ($rest < 0 ? -.5 : .5)
            } } }' | sort -u
}

# How positions enter the scores is what the page says.
position_kind() {
    rest_of_scores > rest
    case $1 in
    learnt | turned) # nothing; turned: q and k are turned already
        [ -s rest ] && ! grep -v ' 0$' rest ;;
    buckets) # a number for each distance
        grep -qv ' 0$' rest && awk '$1 in x && (x[$1] - $2) ^ 2 > 9 { exit 1 }
            { x[$1] = $2 }' rest ;;
    slopes) # a number for each step, below 0
        slope=$(awk '$1 == 1 { print $2 }' rest | head -n 1)
        [ "$slope" -lt 0 ] && awk -v slope="$slope" '{
            e = $2 - slope * ($1 < 0 ? -$1 : $1); if (e * e > 9) exit 1 }' rest ;;
    disentangled) # other numbers for other tokens, at one distance
        [ "$(wc -l < rest)" -gt 30 ] ;;
    *) echo "unknown: $1" >&2; return 1 ;;
    esac
}

position_table() {
    case $1 in
    learnt | buckets) berth position-dump -m model > positions ;;
    *) refused "expected a table of positions" position-dump -m model ;;
    esac
}

limit() { # P or R, in the sizes of config.json, as the page says
    P=$(of_info max_position_embeddings)
    R=$((P - $(of_info pad_token_id) - 1))
    equal "$(of_info max_tokens)" "$(($1))"
}

@test "families: each cell of the manual's table" {
    [ -n "${BERTH_REFERENCE:-}" ] || skip "BERTH_REFERENCE is not set"
    rows FAMILIES > families
    [ "$(wc -l < families)" -ge 16 ]
    failed=
    while IFS=$'\t' read -r family vectors filling labels tags attention positions limit shape; do
        # shellcheck disable=SC2086
        make_folder $shape || return 1
        equal "$(of_info model_type)" "${family%% *}" || failed+=" $family: name;"
        cell vectors "$vectors" || failed+=" $family: vectors;"
        cell filling "$filling" || failed+=" $family: filling;"
        cell attention "$attention" || failed+=" $family: attention;"
        position_kind "$positions" && position_table "$positions" ||
            failed+=" $family: positions;"
        limit "$limit" || failed+=" $family: limit;"
        # Last: it changes the model.
        cell labelling "$labels" || failed+=" $family: labels;"
        cell tagging "$tags" || failed+=" $family: tags;"
    done < families
    equal "$failed" ""
}

# A family that is missing in the table is one that config.c reads.
@test "families: the manual has all that berth knows" {
    mkdir model
    echo '{"model_type": "nothing"}' > model/config.json
    run -1 --separate-stderr "$BERTH" info -m model
    grep -o '"[^"]*"' <<< "${stderr%found*}" | tr -d '"' | sort > want
    rows FAMILIES | cut -f 1 | cut -d ' ' -f 1 | sort -u > got
    diff -u want got
}

# readme - the rows of its table: model_type, such as, vectors, filling, labels,
# tags, attention.
readme() {
    sed -n '/^| `/s/`//gp' "$root/README.md" | grep -v '^| model_type' |
        sed 's/^| //; s/ |$//; s/ | /\t/g'
}

@test "families: README has the manual's rows" {
    rows FAMILIES | cut -f 1-6 > want
    readme | cut -f 1,3- > got
    diff -u want got
}

# Names after "such as" are of that family, and berth reads them.
@test "families: the models that README names are in the table" {
    readme | awk -F '\t' 'NR == FNR { sub(/.*\//, "", $1); sub(/^~/, "", $3)
            sub(/[ ;].*/, "", $3); family[$1] = $3; claim[$1] = $8; next }
        { sub(/ .*/, "", $1); n = split($2, name, ", ")
            for (i = 1; i <= n; i++) if (name[i] in family) { known++
                if (family[name[i]] != $1 || claim[name[i]] !~ /^loads/) {
                    print name[i] ": " family[name[i]] ", " claim[name[i]]; bad = 1 } } }
        END { exit bad || known < 15 }' "$table" -
}

# What a reader is told to fetch is in the table, and berth reads it.
@test "the models that README, the manuals and --help name to fetch" {
    "$BERTH" fill-mask --help > help
    { grep -hoE 'berth pull [A-Za-z0-9-]+/[A-Za-z0-9._-]+' help "$root/README.md" \
        "$root"/man/*.[17]
        sed -n '/^\.Sh WHICH MODEL/,/^\.El/s/^\.Pa \([^ ]*\).*/berth pull \1/p' "$page"
    } | cut -d ' ' -f 3 | grep -v ORG/NAME | sort -u > named
    [ "$(wc -l < named)" -ge 8 ]
    awk -F '\t' '!/^#/ && $8 ~ /^loads/ { print $1 }' "$table" | sort > read
    equal "$(comm -23 named read)" ""
}

@test "README, berth(1), berth-fill-mask(1) and its --help say what the built-in model is not" {
    "$BERTH" fill-mask --help > help
    for text in "$root/README.md" "$root"/man/berth{.1,-fill-mask.1,-models.7} help; do
        tr '\n' ' ' < "$text" > words
        grep -qE 'few facts' words
        grep -qE 'no other +language|English only' words
        grep -qE 'berth pull (google-bert/bert-base-uncased|ORG/NAME)' words
    done
}
