/*
 * class.c - what a class name of transformers 5.24 means for the files of a
 * tokenizer.
 *
 * A class takes the vocabulary and the added tokens of tokenizer.json; all else
 * it builds itself. Its pipeline here is what tokenizer.json would say, with
 * ' for ", and with blanks for what tokenizer_config.json may say (fill.c).
 */
#include "tokenizer/load/load.h"

#include <string.h>

#define BERT_TOKENS NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"

#define ROBERTA_TOKENS(unknown)                                                \
    "<s>", "</s>", unknown, "</s>", "<pad>", "<s>", "<mask>"

#define BERT_WORDS                                                             \
    "'normalizer': {'type': 'BertNormalizer', 'clean_text': true,"             \
    "  'lowercase': '$do_lower_case=true',"                                    \
    "  'strip_accents': '$strip_accents=$do_lower_case=true',"                 \
    "  'handle_chinese_chars': '$tokenize_chinese_chars=true'},"               \
    "'pre_tokenizer': {'type': 'BertPreTokenizer'},"                           \
    "'model': {'type': 'WordPiece', 'unk_token': '$unk_token',"                \
    "  'continuing_subword_prefix': '##', 'max_input_chars_per_word': 100},"   \
    "'decoder': {'type': 'WordPiece', 'prefix': '##', 'cleanup': true}"

static const char bert[] =
    "{" BERT_WORDS ", 'post_processor': {'type': 'BertProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id']}}";

static const char mpnet[] =
    "{" BERT_WORDS ", 'post_processor': {'type': 'RobertaProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id'],"
    "  'trim_offsets': true, 'add_prefix_space': false}}";

static const char roberta[] =
    "{'normalizer': null,"
    "'pre_tokenizer': {'type': 'ByteLevel', 'use_regex': true,"
    "  'add_prefix_space': '$add_prefix_space=false'},"
    "'model': {'type': 'BPE'},"
    "'decoder': {'type': 'ByteLevel'},"
    "'post_processor': {'type': 'RobertaProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id'],"
    "  'trim_offsets': '$trim_offsets=true',"
    "  'add_prefix_space': '$add_prefix_space=false'}}";

#define METASPACE                                                              \
    "{'type': 'Metaspace', 'replacement': '\xe2\x96\x81',"                     \
    " 'add_prefix_space': '$add_prefix_space=true'}"

#define CHARSMAP "{'type': 'Precompiled', 'precompiled_charsmap': '$charsmap'}"

#define SENTENCEPIECE                                                          \
    "'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': ["                 \
    "  {'type': 'WhitespaceSplit'}, " METASPACE "]},"                          \
    "'decoder': " METASPACE

#define SENTENCEPIECE_AROUND                                                   \
    "'post_processor': {'type': 'RobertaProcessing',"                          \
    "  'sep': ['$eos_token', '$eos_token_id'],"                                \
    "  'cls': ['$bos_token', '$bos_token_id'],"                                \
    "  'trim_offsets': false, 'add_prefix_space': false}"

static const char xlm_roberta[] =
    "{'normalizer': {'type': 'Sequence', 'normalizers': [" CHARSMAP "]},"
    "'model': {'type': 'Unigram', 'unk_id': 3}," SENTENCEPIECE
    "," SENTENCEPIECE_AROUND "}";

static const char camembert[] =
    "{'normalizer': {'type': 'Sequence', 'normalizers': [" CHARSMAP "]},"
    "'model': {'type': 'Unigram', 'unk_token': '$unk_token', 'unk_id': "
    "0}," SENTENCEPIECE "," SENTENCEPIECE_AROUND "}";

static const char albert[] =
    "{'normalizer': {'type': 'Sequence', 'normalizers': ["
    "  {'type': 'Replace', 'pattern': {'String': '``'}, 'content': '\\\"'},"
    "  {'type': 'Replace', 'pattern': {'String': '\\u0027\\u0027'},"
    "   'content': '\\\"'},"
    "  {'type': 'NFKD', 'unless': '$keep_accents=false'},"
    "  {'type': 'StripAccents', 'unless': '$keep_accents=false'},"
    "  {'type': 'Lowercase', 'if': '$do_lower_case=true'}, " CHARSMAP "]},"
    "'model': {'type': 'Unigram', 'unk_id': 1}," SENTENCEPIECE ","
    "'post_processor': {'type': 'BertProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id']}}";

static const char deberta_v2[] =
    "{'normalizer': {'type': 'Sequence', 'normalizers': ["
    "  {'type': 'Lowercase', 'if': '$do_lower_case=false'},"
    "  {'type': 'Replace', 'pattern': {'Regex': '\\\\s{2,}|[\\\\n\\\\r\\\\t]'},"
    "   'content': ' '},"
    "  {'type': 'NFC'},"
    "  {'type': 'Strip', 'strip_left': false, 'strip_right': true}]},"
    "'pre_tokenizer': {'type': 'Sequence', 'pretokenizers': ["
    "  {'type': 'Punctuation', 'behavior': 'Isolated',"
    "   'if': '$split_by_punct=false'},"
    "  {'type': 'Metaspace', 'replacement': '\xe2\x96\x81',"
    "   'prepend_scheme': 'always', 'if': '$add_prefix_space=true'},"
    "  {'type': 'Metaspace', 'replacement': '\xe2\x96\x81',"
    "   'prepend_scheme': 'first', 'unless': '$add_prefix_space=true'}]},"
    "'model': {'type': 'Unigram', 'unk_token': '$unk_token', 'unk_score': 0,"
    "  'unk_id': 1},"
    "'decoder': {'type': 'Metaspace', 'replacement': '\xe2\x96\x81',"
    "  'prepend_scheme': 'always'},"
    "'post_processor': {'type': 'BertProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id']}}";

static const char herbert[] =
    "{'normalizer': {'type': 'BertNormalizer', 'clean_text': true,"
    "  'lowercase': false, 'strip_accents': false,"
    "  'handle_chinese_chars': true},"
    "'pre_tokenizer': {'type': 'BertPreTokenizer'},"
    "'model': {'type': 'BPE', 'unk_token': '$unk_token',"
    "  'end_of_word_suffix': '</w>'},"
    "'decoder': {'type': 'BPEDecoder', 'suffix': '</w>'},"
    "'post_processor': {'type': 'BertProcessing',"
    "  'sep': ['$sep_token', 2], 'cls': ['$cls_token', 0]}}";

static const char fastbpe[] =
    "{'normalizer': {'type': 'Sequence', 'normalizers': ["
    "  {'type': 'Tweets', 'if': '$normalization=false'}]},"
    "'pre_tokenizer': {'type': 'PythonWords'},"
    "'model': {'type': 'FastBPE', 'unk_token': '$unk_token'},"
    "'decoder': {'type': 'FastBPE'},"
    "'post_processor': {'type': 'RobertaProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id'],"
    "  'trim_offsets': false, 'add_prefix_space': false}}";

static const char mecab[] =
    "{'pre_tokenizer': {'type': 'Mecab'},"
    "'model': {'type': 'MecabSubwords', 'unk_token': '$unk_token',"
    "  'continuing_subword_prefix': '##', 'max_input_chars_per_word': 100},"
    "'decoder': {'type': 'WordPiece', 'prefix': '##', 'cleanup': false},"
    "'post_processor': {'type': 'BertProcessing',"
    "  'sep': ['$sep_token', '$sep_token_id'],"
    "  'cls': ['$cls_token', '$cls_token_id']}}";

#define FASTBPE                                                                \
    .pipeline = fastbpe, .vocab = "bpe.codes",                                 \
    .tokens = {ROBERTA_TOKENS("<unk>")}, .hides_types = true,                  \
    .own_files = true

#define BERT .pipeline = bert, .vocab = "vocab.txt", .tokens = {BERT_TOKENS}

/* The classes that build a tokenizer that is here. The fast ones of DPR
 * normalise as tokenizer.json says. */
static const struct berth_tokenizer_class classes[] = {
    {.name = "Bert", BERT},
    {.name = "BertJapanese",
     .pipeline = mecab,
     .vocab = "vocab.txt",
     .tokens = {BERT_TOKENS},
     .slow_only = true,
     .own_files = true},
    {.name = "ConvBert", BERT},
    {.name = "DPRContextEncoder", BERT, .slow_only = true},
    {.name = "DPRQuestionEncoder", BERT, .slow_only = true},
    {.name = "DPRReader", BERT, .slow_only = true, .hides_types = true},
    {.name = "DistilBert", BERT, .hides_types = true},
    {.name = "Electra", BERT},
    {.name = "LayoutLM", BERT},
    {.name = "Lxmert", BERT},
    {.name = "MobileBert", BERT},
    {.name = "SqueezeBert", BERT},
    {.name = "MPNet",
     .pipeline = mpnet,
     .vocab = "vocab.txt",
     .tokens = {ROBERTA_TOKENS("[UNK]")},
     .hides_types = true,
     .mask_strips = true},
    {.name = "Roberta",
     .pipeline = roberta,
     .vocab = "vocab.json",
     .tokens = {ROBERTA_TOKENS("<unk>")},
     .hides_types = true},
    {.name = "Longformer",
     .pipeline = roberta,
     .vocab = "vocab.json",
     .tokens = {ROBERTA_TOKENS("<unk>")},
     .hides_types = true},
    {.name = "XLMRoberta",
     .pipeline = xlm_roberta,
     .vocab = "sentencepiece.bpe.model",
     .tokens = {ROBERTA_TOKENS("<unk>")},
     .hides_types = true},
    {.name = "Camembert",
     .pipeline = camembert,
     .vocab = "sentencepiece.bpe.model",
     .tokens = {ROBERTA_TOKENS("<unk>")},
     .extra = {"<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"},
     .hides_types = true,
     .mask_strips = true},
    {.name = "Albert",
     .pipeline = albert,
     .vocab = "spiece.model",
     .tokens = {"[CLS]", "[SEP]", "<unk>", "[SEP]", "<pad>", "[CLS]", "[MASK]"},
     .hides_types = true,
     .file_surrounds = true},
    {.name = "DebertaV2",
     .pipeline = deberta_v2,
     .vocab = "spm.model",
     .tokens = {"[CLS]", "[SEP]", "[UNK]", "[SEP]", "[PAD]", "[CLS]",
                "[MASK]"}},
    {.name = "Herbert",
     .pipeline = herbert,
     .vocab = "vocab.json",
     .tokens = {NULL, NULL, "<unk>", "</s>", "<pad>", "<s>", "<mask>"},
     .hides_types = true},
    {.name = "Phobert", FASTBPE},
    {.name = "Bertweet", FASTBPE},
};

/* Every other: PreTrainedTokenizer(Fast), TokenizersBackend, and names that are
 * in neither list, which transformers does not know. */
static const struct berth_tokenizer_class any = {
    .name = "", .tokens = {BERT_TOKENS}, .hides_types = true};

/* Classes that build a tokenizer of their own, whatever tokenizer.json says. */
static const char others[] =
    " Bart Barthez Bartpho BertGeneration BigBird"
    " BioGpt Blenderbot BlenderbotSmall ByT5 CLIP CTRL Canine Clvp"
    " CodeGen CodeLlama Cohere Cpm CpmAnt Deberta Dia Esm"
    " Esmc FSMT FNet FastSpeech2Conformer Flaubert Funnel GPT2 GPTNeoX"
    " GPTNeoXJapanese GPTSw3 Gemma LED Lasr LayoutLMv2 LayoutLMv3"
    " LayoutXLM Llama Luke M2M100 MBart MBart50 MLuke Marian MarkupLM"
    " Mgpstr Mvp MyT5 Nllb Nougat OpenAIGPT PLBart Pegasus Perceiver"
    " Pop2Piano ProphetNet Qwen2 Qwen3_5 Rag Reformer RemBert RoCBert RoFormer"
    " SeamlessM4T Siglip Siglip2 Speech2Text SpeechT5 Splinter T5 Tapas"
    " Tipsv2 Udop VideoPrism Vits Wav2Vec2CTC Wav2Vec2PhonemeCTC Whisper XGLM"
    " XLM XLNet ";

/* The class of a "model_type", where no file names one. With TokenizersBackend
 * tokenizer.json is used as it is, whatever class a file names. */
static const struct {
    const char *type, *class;
} model_types[] = {
    {"albert", "AlbertTokenizer"},
    {"bert", "BertTokenizer"},
    {"bert-japanese", "BertJapaneseTokenizer"},
    {"bertweet", "BertweetTokenizer"},
    {"big_bird", "BigBirdTokenizer"},
    {"camembert", "CamembertTokenizer"},
    {"canine", "CanineTokenizer"},
    {"convbert", "BertTokenizer"},
    {"data2vec-text", "RobertaTokenizer"},
    {"deberta", "DebertaTokenizer"},
    {"deberta-v2", "DebertaV2Tokenizer"},
    {"distilbert", "BertTokenizer"},
    {"dpr", "DPRQuestionEncoderTokenizer"},
    {"electra", "BertTokenizer"},
    {"ernie", "BertTokenizer"},
    {"esm", "EsmTokenizer"},
    {"flaubert", "FlaubertTokenizer"},
    {"fnet", "FNetTokenizer"},
    {"funnel", "FunnelTokenizer"},
    {"gte", "XLMRobertaTokenizer"},
    {"herbert", "HerbertTokenizer"},
    {"ibert", "RobertaTokenizer"},
    {"jina_embeddings_v3", "XLMRobertaTokenizer"},
    {"layoutlm", "BertTokenizer"},
    {"longformer", "RobertaTokenizer"},
    {"luke", "LukeTokenizer"},
    {"lxmert", "LxmertTokenizer"},
    {"megatron-bert", "BertTokenizer"},
    {"mobilebert", "MobileBertTokenizer"},
    {"modernbert", "TokenizersBackend"},
    {"modernbert-decoder", "TokenizersBackend"},
    {"mpnet", "MPNetTokenizer"},
    {"nezha", "BertTokenizer"},
    {"nomic_bert", "BertTokenizer"},
    {"nystromformer", "TokenizersBackend"},
    {"phobert", "PhobertTokenizer"},
    {"qdqbert", "BertTokenizer"},
    {"rembert", "RemBertTokenizer"},
    {"roberta", "RobertaTokenizer"},
    {"roberta-prelayernorm", "RobertaTokenizer"},
    {"roc_bert", "RoCBertTokenizer"},
    {"roformer", "RoFormerTokenizer"},
    {"splinter", "SplinterTokenizer"},
    {"squeezebert", "BertTokenizer"},
    {"visual_bert", "BertTokenizer"},
    {"xlm", "XLMTokenizer"},
    {"xlm-roberta", "XLMRobertaTokenizer"},
    {"xlm-roberta-xl", "TokenizersBackend"},
    {"xlnet", "XLNetTokenizer"},
    {"xmod", "XLMRobertaTokenizer"},
    {"yoso", "AlbertTokenizer"},
};

const char *berth_load_model_type(const char *type)
{
    for (size_t i = 0; i < sizeof(model_types) / sizeof(*model_types); i++) {
        if (strcmp(model_types[i].type, type) == 0)
            return model_types[i].class;
    }
    return NULL;
}

/* Whether the n bytes are one of the words that blanks part. */
static bool is_among(const char *name, size_t n, const char *words)
{
    while (*words == ' ') {
        size_t size = strcspn(words + 1, " ");

        if (size > 0 && size == n && memcmp(words + 1, name, n) == 0)
            return true;
        words += 1 + size;
    }
    return false;
}

/* Whether name ends with end; then it is made shorter by that. */
static bool cut_end(const char *name, size_t *n, const char *end)
{
    size_t n_end = strlen(end);

    if (*n < n_end || memcmp(name + *n - n_end, end, n_end) != 0)
        return false;
    *n -= n_end;
    return true;
}

const struct berth_tokenizer_class *berth_load_class(const char *name)
{
    size_t n = strlen(name);
    bool fast = cut_end(name, &n, "Fast");

    if (!cut_end(name, &n, "Tokenizer"))
        return &any;
    for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
        const struct berth_tokenizer_class *class = &classes[i];

        if (strlen(class->name) == n && memcmp(class->name, name, n) == 0)
            return fast && class->slow_only ? NULL : class;
    }
    return is_among(name, n, others) ? NULL : &any;
}
