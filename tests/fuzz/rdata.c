/* Rdata as servers of others send it: every reader, on anything. */
#include "base/arena.h"
#include "base/resolver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct str in = str_of(data, n), out;
    struct dns_tlsa tlsa;
    uint16_t preference;
    if (dns_name(in, a, &out))
        must(out.n == 0 || dns_name_fits(out));
    if (dns_mx(in, a, &preference, &out))
        must(out.n == 0 || dns_name_fits(out));
    if (dns_txt(in, a, &out))
        must(out.n < n);
    if (dns_tlsa(in, &tlsa))
        must(tlsa.data.n + 3 == n);
    if (dns_address(in, a, &out))
        must(out.n >= 2);
    (void)dns_name_fits(in);
    arena_close(a);
    return 0;
}
