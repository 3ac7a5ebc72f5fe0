/*
 * test_labels.c - what config.json says of a head, as transformers 5.24 reads
 * it: tried with BertConfig.from_dict().
 */
#include "models/families/heads.h"

#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

static enum berth_status read_text(const char *text, struct berth_labels *out,
                                   struct berth_error *err)
{
    const struct berth_embedded_file file = {
        "config.json", (const unsigned char *)text, strlen(text)};
    struct berth_folder *folder = NULL;

    *out = (struct berth_labels){0};
    berth_folder_open_embedded("m", &file, 1, &folder, NULL);
    enum berth_status status = berth_labels_read(folder, out, err);
    berth_folder_close(folder);
    return status;
}

static void test_names(void)
{
    static const struct {
        const char *config, *names; /* with blanks between */
        bool found;
    } cases[] = {
        {"{}", "LABEL_0 LABEL_1", false},
        {"{\"id2label\": null}", "LABEL_0 LABEL_1", false},
        {"{\"num_labels\": 3}", "LABEL_0 LABEL_1 LABEL_2", true},
        {"{\"label2id\": {\"a\": 0, \"b\": 1, \"c\": 2}}", "LABEL_0 LABEL_1",
         false},
        {"{\"id2label\": {\"1\": \"x\", \"0\": \"y\"}}", "y x", true},
        {"{\"id2label\": {\"1\": \"x\", \"0\": \"y\"}, \"num_labels\": 2}",
         "y x", true},
        {"{\"id2label\": {\"0\": \"x\", \"1\": \"y\"}, \"num_labels\": 3}",
         "LABEL_0 LABEL_1 LABEL_2", true},
        {"{\"id2label\": {\"0\": \"x\"}, \"label2id\": {\"p\": 0}}", "x", true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_labels labels;
        struct berth_error err = {0};
        char names[64] = "";
        size_t used = 0;

        EQUAL_INT(read_text(cases[i].config, &labels, &err), BERTH_OK, "%s: %s",
                  cases[i].config, err.message);
        for (size_t k = 0; k < labels.n; k++)
            used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
                                     k > 0 ? " " : "", labels.names[k]);
        EQUAL_TEXT(names, cases[i].names, "%s: names", cases[i].config);
        EQUAL_INT(labels.found, cases[i].found, "%s: of the file",
                  cases[i].config);
        berth_labels_free(&labels);
    }
}

static void test_problems(void)
{
    static const struct {
        const char *config;
        enum berth_problem problem;
    } cases[] = {
        {"{}", BERTH_PROBLEM_UNSAID},
        {"{\"problem_type\": null}", BERTH_PROBLEM_UNSAID},
        {"{\"problem_type\": \"foo\"}", BERTH_PROBLEM_UNSAID},
        {"{\"problem_type\": \"regression\"}", BERTH_PROBLEM_REGRESSION},
        {"{\"problem_type\": \"single_label_classification\"}",
         BERTH_PROBLEM_SINGLE_LABEL},
        {"{\"problem_type\": \"multi_label_classification\"}",
         BERTH_PROBLEM_MULTI_LABEL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_labels labels;

        EQUAL_INT(read_text(cases[i].config, &labels, NULL), BERTH_OK, "%s",
                  cases[i].config);
        EQUAL_INT(labels.problem, cases[i].problem, "%s: problem",
                  cases[i].config);
        berth_labels_free(&labels);
    }
}

static void test_classes(void)
{
    struct berth_labels labels;

    read_text("{\"architectures\": [\"XLMRobertaForTokenClassification\"],"
              " \"sentence_transformers\": {\"activation_fn\":"
              " \"torch.nn.modules.linear.Identity\"}}",
              &labels, NULL);
    EQUAL_INT(labels.claimed, 1u << BERTH_HEAD_TOKENS, "a class of tokens");
    EQUAL_TEXT(labels.activation, "torch.nn.modules.linear.Identity",
               "activation of a CrossEncoder");
    berth_labels_free(&labels);
    read_text("{\"sbert_ce_default_activation_function\":"
              " \"torch.nn.modules.activation.Sigmoid\"}",
              &labels, NULL);
    EQUAL_TEXT(labels.activation, "torch.nn.modules.activation.Sigmoid",
               "activation of an old CrossEncoder");
    berth_labels_free(&labels);
    read_text("{\"sbert_ce_default_activation_function\": \"x\","
              " \"sentence_transformers\": {\"activation_fn\": null}}",
              &labels, NULL);
    CHECK(labels.activation == NULL, "the new key wins, null too");
    berth_labels_free(&labels);
    read_text("{\"architectures\": [\"ElectraForPreTraining\"]}", &labels,
              NULL);
    CHECK(labels.pretraining && labels.claimed == 0 && !labels.other,
          "ForPreTraining is no kind by itself");
    berth_labels_free(&labels);
    read_text("{\"architectures\": [\"BertForMultipleChoice\"]}", &labels,
              NULL);
    CHECK(labels.other && labels.claimed == 0,
          "multiple choice is of another kind");
    berth_labels_free(&labels);
}

static void test_refusals(void)
{
    static const struct {
        const char *config, *message;
    } cases[] = {
        {"{\"id2label\": {\"0\": \"x\", \"2\": \"y\"}}",
         "m/config.json: key 'id2label': expected a name for each of 0 to 1, "
         "found none for 1"},
        {"{\"id2label\": {\"0\": 5}}",
         "m/config.json: key 'id2label': expected a name for each of 0 to 0, "
         "found 5 for 0"},
        {"{\"id2label\": {}}", "m/config.json: key 'id2label': expected an "
                               "object of labels, found an empty one"},
        {"{\"id2label\": [\"u\"]}", "m/config.json: key 'id2label': expected "
                                    "an object of labels, found an array"},
        {"{\"num_labels\": 0}", "m/config.json: key 'num_labels': expected an "
                                "integer from 1 to 1048576, found 0"},
        {"{\"problem_type\": 1}", "m/config.json: key 'problem_type': expected "
                                  "a string, found 1"},
        {"{\"problem_type\": \"single_label_classification\","
         " \"num_labels\": 1}",
         "m/config.json: key 'problem_type': expected several labels with "
         "single_label_classification, found one"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct berth_labels labels;
        struct berth_error err = {0};

        EQUAL_INT(read_text(cases[i].config, &labels, &err), BERTH_ERR_FORMAT,
                  "%s", cases[i].config);
        EQUAL_TEXT(err.message, cases[i].message, "%s: message",
                   cases[i].config);
        CHECK(labels.names == NULL, "%s: no names", cases[i].config);
        berth_labels_free(&labels);
    }
}

int main(void)
{
    test_names();
    test_problems();
    test_classes();
    test_refusals();
    return tap_done();
}
