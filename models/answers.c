/*
 * answers.c - what an open model tells of itself.
 */
#include "models/model.h"

#include <string.h>

const struct berth_model_facts *
berth_model_get_facts(const struct berth_model *model)
{
    return &model->facts;
}

const struct berth_head_facts *
berth_model_get_heads(const struct berth_model *model, size_t *n)
{
    *n = model->heads.n;
    return model->heads.facts;
}

const struct berth_head_facts *
berth_model_get_head(const struct berth_model *model)
{
    return model->heads.opened;
}

void berth_model_read_positions(const struct berth_model *model, size_t first,
                                size_t n, float *out)
{
    const struct berth_weights *w = &model->weights;
    const size_t size = model->facts.position_size;
    const size_t row = first + model->config.first_position;

    berth_tensor_read(w->positions, &model->kernels, w->precision, row * size,
                      n * size, out);
}

const struct berth_setting *
berth_model_get_settings(const struct berth_model *model, size_t *n)
{
    *n = model->settings.n;
    return model->settings.list;
}

const char *berth_model_get_prompt(const struct berth_model *model,
                                   const char *name)
{
    const struct berth_sentence *sentence = &model->sentence;

    if (name == NULL)
        return sentence->default_prompt;
    for (size_t i = 0; i < sentence->n_prompts; i++) {
        if (strcmp(sentence->prompts[i].name, name) == 0)
            return sentence->prompts[i].text;
    }
    return NULL;
}

const char *berth_model_get_prompt_name(const struct berth_model *model,
                                        size_t i)
{
    return i < model->sentence.n_prompts ? model->sentence.prompts[i].name
                                         : NULL;
}

uint32_t berth_model_hash(const struct berth_model *model)
{
    return model->tensors != NULL
               ? berth_sentence_hash(&model->sentence,
                                     berth_tensor_set_hash(model->tensors))
               : 0;
}
