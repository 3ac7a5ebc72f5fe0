/*
 * metaspace.c - _new, _york is "new york".
 */
#include "tokenizer/decoders/metaspace.h"

#include "tokenizer/decoders/replace.h"

bool berth_metaspace_decoder(const char *mark, bool prefixed,
                             struct berth_decoder *out)
{
    const struct berth_mark blank = {
        .mark = mark, .first = prefixed ? "" : " ", .other = " "};

    return berth_replace_decoder(&blank, out);
}
