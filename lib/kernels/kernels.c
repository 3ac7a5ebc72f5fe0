/*
 * kernels.c - which kernels a CPU level gets.
 */
#include "lib/kernels/kernels.h"

void berth_kernels_select(struct berth_kernels *k, enum berth_cpu level)
{
    berth_kernels_use_scalar(k);
#if defined(__x86_64__)
    if (level >= BERTH_CPU_AVX2) {
        berth_kernels_use_gemm_float_avx2(k);
        berth_kernels_use_gemm_i8_avx2(k);
        berth_kernels_use_rowops_avx2(k);
        berth_kernels_use_crc32c_avx2(k);
    }
    if (level >= BERTH_CPU_AVX512) {
        berth_kernels_use_gemm_float_avx512(k);
        berth_kernels_use_rowops_avx512(k);
    }
    if (level >= BERTH_CPU_AVX512VNNI)
        berth_kernels_use_gemm_i8_avx512vnni(k);
#endif
    k->name = berth_cpu_name(level);
}
