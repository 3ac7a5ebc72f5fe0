/*
 * python.h - words as Python's regular expression \S+\n? finds them.
 */
#ifndef TOKENIZER_SPLITTERS_PYTHON_H
#define TOKENIZER_SPLITTERS_PYTHON_H

#include "tokenizer/stages/stage.h"

/* berth_python_splitter - what white space parts, with the end of a line that
 * follows. Cannot fail. Source: PhobertTokenizer of transformers 5.24. */
struct berth_splitter berth_python_splitter(void);

#endif
