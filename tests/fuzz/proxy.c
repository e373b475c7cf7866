/* What a proxy says before the client: any split of a header must be "more", and what is told must
   not depend on what comes behind it. */
#include "base/arena.h"
#include "io/proxy/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct str in = str_of(data, n);
    struct proxy_header whole = proxy_header_read(in);
    must(whole.kind != PROXY_BAD || whole.why);
    if (whole.kind == PROXY_BAD || whole.kind == PROXY_MORE)
        return 0;
    must(whole.n > 0 && whole.n <= n && whole.n <= PROXY_HEADER_MAX);
    struct proxy_header alone = proxy_header_read(str_sub(in, 0, whole.n));
    must(alone.kind == whole.kind && alone.n == whole.n && alone.from.port == whole.from.port);
    for (size_t i = 0; i < whole.n; i++)
        must(proxy_header_read(str_sub(in, 0, i)).kind == PROXY_MORE);
    return 0;
}
