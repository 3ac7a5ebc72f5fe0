/*
 * fuzz_safetensors.c - a hostile model.safetensors: its header, and every float
 * of what it declares.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tensors.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    fuzz_weights("model.safetensors", data, size);
    return 0;
}
