/*
 * class.c - what a class name of transformers 5.24 means for the files of a
 * tokenizer.
 */
#include "tokenizer/load/load.h"

#include <string.h>

static const struct berth_class_defaults bert = {
    .tokens = {NULL, NULL, "[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"},
    .rules = {.clean = true, .chinese = true, .lowercase = true},
    .prefix = "##",
    .max_chars = 100,
};

/* The classes that build BERT's tokenizer, whatever tokenizer.json says. The
 * fast ones of DPR normalise as it says. */
static const struct berth_tokenizer_class classes[] = {
    {.name = "Bert", .defaults = &bert},
    {.name = "DPRContextEncoder", .slow_only = true, .defaults = &bert},
    {.name = "DPRQuestionEncoder", .slow_only = true, .defaults = &bert},
    {.name = "DPRReader",
     .slow_only = true,
     .hides_types = true,
     .defaults = &bert},
    {.name = "DistilBert", .hides_types = true, .defaults = &bert},
    {.name = "Electra", .defaults = &bert},
    {.name = "LayoutLM", .defaults = &bert},
    {.name = "Lxmert", .defaults = &bert},
    {.name = "MobileBert", .defaults = &bert},
    {.name = "SqueezeBert", .defaults = &bert},
};

/* Every other: PreTrainedTokenizer(Fast), TokenizersBackend, and names that are
 * in neither list, which transformers does not know. */
static const struct berth_tokenizer_class any = {
    .name = "", .as_is = true, .hides_types = true, .defaults = &bert};

/* Classes that build a tokenizer of their own, whatever tokenizer.json says. */
static const char others[] =
    " Albert Bart Barthez Bartpho BertGeneration BertJapanese Bertweet BigBird"
    " BioGpt Blenderbot BlenderbotSmall ByT5 CLIP CTRL Camembert Canine Clvp"
    " CodeGen CodeLlama Cohere ConvBert Cpm CpmAnt Deberta DebertaV2 Dia Esm"
    " Esmc FSMT FastSpeech2Conformer Flaubert Funnel GPT2 GPTNeoX"
    " GPTNeoXJapanese GPTSw3 Gemma Herbert LED Lasr LayoutLMv2 LayoutLMv3"
    " LayoutXLM Llama Luke M2M100 MBart MBart50 MLuke MPNet Marian MarkupLM"
    " Mgpstr Mvp MyT5 Nllb Nougat OpenAIGPT PLBart Pegasus Perceiver Phobert"
    " Pop2Piano ProphetNet Qwen2 Qwen3_5 Rag Reformer RemBert RoCBert RoFormer"
    " Roberta SeamlessM4T Siglip Siglip2 Speech2Text SpeechT5 Splinter T5 Tapas"
    " Tipsv2 Udop VideoPrism Vits Wav2Vec2CTC Wav2Vec2PhonemeCTC Whisper XGLM"
    " XLM XLMRoberta XLNet ";

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
