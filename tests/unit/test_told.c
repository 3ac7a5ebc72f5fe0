/*
 * test_told.c - what tells the family of a config.json without model_type.
 */
#include "models/families/told.h"

#include "tests/tap.h"

static void check(const char *text, const char *file, const char *type)
{
    json_t *root = json_loads(text, 0, NULL);
    const struct berth_told told = berth_tell_type(root, file);

    EQUAL_TEXT(told.type, type, "%s in %s: type", text, file);
    json_decref(root);
}

int main(void)
{
    static const char nothing[] = "{}";

    check("{\"architectures\": [\"XLMRobertaModel\"]}", "bert/config.json",
          "xlm-roberta");
    check("{\"architectures\": [\"T5Model\"]}", "bert/config.json", "T5Model");
    check("{\"position_buckets\": 256}", "bert/config.json", "deberta-v2");
    check("{\"num_hidden_groups\": 1}", "x", "albert");
    check("{\"global_attn_every_n_layers\": 3}", "x/config.json", "modernbert");
    check("{\"rotary_emb_fraction\": 1.0}", "x/config.json", "nomic_bert");
    check(nothing, "xlm-roberta-base/config.json", "xlm-roberta");
    check(nothing, "/a/my_roberta.large/config.json", "roberta");
    check(nothing, "bert/config.json", "bert");
    check(nothing, "/bert/config.json", "bert");
    check(nothing, "bert/x/config.json", NULL);
    check(nothing, "bert/1_x/config.json", NULL);
    check(nothing, "BERT-x/0_Transformer/config.json", "bert");
    check(nothing, "/0_Transformer/config.json", NULL);
    check(nothing, "0_Transformer/config.json", NULL);
    check(nothing, "0_BERT/config.json", "bert");
    check(nothing, "h/models--a--albert-b/snapshots/bert/config.json",
          "albert");
    check(nothing, "distilroberta/config.json", NULL);
    check(nothing, "bertx/config.json", NULL);
    check(nothing, "@builtin/config.json", NULL);
    check(nothing, "config.json", NULL);
    return tap_done();
}
