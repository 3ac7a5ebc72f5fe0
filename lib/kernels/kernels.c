/*
 * kernels.c - which kernels a CPU level gets.
 */
#include "lib/kernels/kernels.h"

/* The later improve on the earlier. */
static const struct {
    enum berth_cpu needs;
    void (*use)(struct berth_kernels *k);
    bool rounds; /* what is multiplied with weights in bfloat16 */
} improvements[] = {
    {BERTH_CPU_VECTOR, berth_kernels_use_gemm_float_vector, false},
    {BERTH_CPU_VECTOR, berth_kernels_use_gemm_i8_vector, false},
    {BERTH_CPU_VECTOR, berth_kernels_use_gemm_i16_vector, false},
    {BERTH_CPU_VECTOR, berth_kernels_use_rowops_vector, false},
    {BERTH_CPU_VECTOR, berth_kernels_use_dots_vector, false},
#if defined(__x86_64__)
    {BERTH_CPU_AVX2, berth_kernels_use_gemm_float_avx2, false},
    {BERTH_CPU_AVX2, berth_kernels_use_gemm_i8_avx2, false},
    {BERTH_CPU_AVX2, berth_kernels_use_gemm_i16_avx2, false},
    {BERTH_CPU_AVX2, berth_kernels_use_rowops_avx2, false},
    {BERTH_CPU_AVX2, berth_kernels_use_crc32c_avx2, false},
    {BERTH_CPU_AVX2VNNI, berth_kernels_use_gemm_i8_avx2vnni, false},
    {BERTH_CPU_AVX2VNNI, berth_kernels_use_gemm_i16_avx2vnni, false},
    {BERTH_CPU_AVX512, berth_kernels_use_gemm_float_avx512, false},
    {BERTH_CPU_AVX512, berth_kernels_use_rowops_avx512, false},
    {BERTH_CPU_AVX512VNNI, berth_kernels_use_gemm_i8_avx512vnni, false},
    {BERTH_CPU_AVX512VNNI, berth_kernels_use_gemm_i16_avx512vnni, false},
    {BERTH_CPU_AVX2, berth_kernels_use_dots_avx2, false},
    {BERTH_CPU_AVX512, berth_kernels_use_dots_avx512, false},
    {BERTH_CPU_AVX512VNNI, berth_kernels_use_dots_avx512vnni, false},
    {BERTH_CPU_AMX, berth_kernels_use_gemm_float_amx, false},
    {BERTH_CPU_AMX, berth_kernels_use_gemm_bf16_amx, true},
    {BERTH_CPU_AMX, berth_kernels_use_rows_bf16_amx, true},
    {BERTH_CPU_AMX, berth_kernels_use_gemm_i8_amx, false},
#elif defined(__aarch64__)
    {BERTH_CPU_DOTPROD, berth_kernels_use_gemm_i8_dotprod, false},
    {BERTH_CPU_DOTPROD, berth_kernels_use_crc32c_dotprod, false},
#endif
};

void berth_kernels_select(struct berth_kernels *k, enum berth_cpu level,
                          bool rounds)
{
    berth_kernels_use_scalar(k);
    for (size_t i = 0; i < sizeof(improvements) / sizeof(*improvements); i++) {
        if (berth_cpu_includes(level, improvements[i].needs) &&
            (rounds || !improvements[i].rounds))
            improvements[i].use(k);
    }
    k->name = berth_cpu_name(level);
    k->fetch_ahead = berth_cpu_fetch_ahead();
}
