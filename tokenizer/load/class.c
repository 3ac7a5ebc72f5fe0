/*
 * class.c - what a class name of transformers 5.24 means for the files of
 * a tokenizer.
 */
#include "tokenizer/load/load.h"

#include <string.h>

/* Each with "Tokenizer" behind it. */
static const char *const like_bert[] = {
    "Bert",       "DPRContextEncoder", "DPRQuestionEncoder", "DPRReader",
    "DistilBert", "Electra",           "LayoutLM",           "Lxmert",
    "MobileBert", "SqueezeBert"};

/* Classes that build a tokenizer of their own, whatever tokenizer.json says.
 * A name that is in neither list is unknown to transformers: it takes
 * tokenizer.json as it is. */
static const char *const others[] = {"Albert",
                                     "Bart",
                                     "Barthez",
                                     "Bartpho",
                                     "BertGeneration",
                                     "BertJapanese",
                                     "Bertweet",
                                     "BigBird",
                                     "BioGpt",
                                     "Blenderbot",
                                     "BlenderbotSmall",
                                     "ByT5",
                                     "CLIP",
                                     "CTRL",
                                     "Camembert",
                                     "Canine",
                                     "Clvp",
                                     "CodeGen",
                                     "CodeLlama",
                                     "Cohere",
                                     "ConvBert",
                                     "Cpm",
                                     "CpmAnt",
                                     "Deberta",
                                     "DebertaV2",
                                     "Dia",
                                     "Esm",
                                     "Esmc",
                                     "FSMT",
                                     "FastSpeech2Conformer",
                                     "Flaubert",
                                     "Funnel",
                                     "GPT2",
                                     "GPTNeoX",
                                     "GPTNeoXJapanese",
                                     "GPTSw3",
                                     "Gemma",
                                     "Herbert",
                                     "LED",
                                     "Lasr",
                                     "LayoutLMv2",
                                     "LayoutLMv3",
                                     "LayoutXLM",
                                     "Llama",
                                     "Luke",
                                     "M2M100",
                                     "MBart",
                                     "MBart50",
                                     "MLuke",
                                     "MPNet",
                                     "Marian",
                                     "MarkupLM",
                                     "Mgpstr",
                                     "Mvp",
                                     "MyT5",
                                     "Nllb",
                                     "Nougat",
                                     "OpenAIGPT",
                                     "PLBart",
                                     "Pegasus",
                                     "Perceiver",
                                     "Phobert",
                                     "Pop2Piano",
                                     "ProphetNet",
                                     "Qwen2",
                                     "Qwen3_5",
                                     "Rag",
                                     "Reformer",
                                     "RemBert",
                                     "RoCBert",
                                     "RoFormer",
                                     "Roberta",
                                     "SeamlessM4T",
                                     "Siglip",
                                     "Siglip2",
                                     "Speech2Text",
                                     "SpeechT5",
                                     "Splinter",
                                     "T5",
                                     "Tapas",
                                     "Tipsv2",
                                     "Udop",
                                     "VideoPrism",
                                     "Vits",
                                     "Wav2Vec2CTC",
                                     "Wav2Vec2PhonemeCTC",
                                     "Whisper",
                                     "XGLM",
                                     "XLM",
                                     "XLMRoberta",
                                     "XLNet"};

/* Those of them whose model_input_names has no "token_type_ids", as that of
 * every class taken as it is. */
static const char *const without_types[] = {"DPRReader", "DistilBert"};

static bool is_among(const char *name, size_t n, const char *const *list,
                     size_t n_list)
{
    for (size_t i = 0; i < n_list; i++) {
        if (strlen(list[i]) == n && memcmp(list[i], name, n) == 0)
            return true;
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

enum berth_tokenizer_class berth_load_class(const char *name)
{
    size_t n = strlen(name);
    bool fast = cut_end(name, &n, "Fast");

    if (!cut_end(name, &n, "Tokenizer"))
        return BERTH_CLASS_AS_IS;
    if (is_among(name, n, like_bert, sizeof(like_bert) / sizeof(*like_bert)))
        /* The fast ones of DPR normalise as tokenizer.json says. */
        return fast && name[0] == 'D' && name[1] == 'P' ? BERTH_CLASS_OTHER
                                                        : BERTH_CLASS_BERT;
    return is_among(name, n, others, sizeof(others) / sizeof(*others))
               ? BERTH_CLASS_OTHER
               : BERTH_CLASS_AS_IS;
}

bool berth_load_class_hides_types(const char *name)
{
    size_t n = strlen(name);

    if (berth_load_class(name) == BERTH_CLASS_AS_IS)
        return true;
    (void)cut_end(name, &n, "Fast");
    (void)cut_end(name, &n, "Tokenizer");
    return is_among(name, n, without_types,
                    sizeof(without_types) / sizeof(*without_types));
}
