/* URLs of remote pictures: what may be asked stays so small, a redirect invents nothing, and a
   query's parameter is never longer than the query. */
#include "base/arena.h"
#include "base/cur.h"
#include "base/web.h"
#include "format/uri/percent.h"
#include "service/picture/inner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct cur c = cur_of(str_of(data, n));
    struct str base = {0}, value;
    (void)cur_line(&c, &base);
    struct str to = picture_url_join(a, base, c.rest);
    must(to.n <= n + sizeof "https:///");
    if (picture_url_ok(to, false))
        must(to.n <= WEB_URL_MAX && picture_url_ok(to, true) && picture_url_host(to).n);
    if (percent_query(a, c.rest, STR("url"), &value))
        must(value.n <= c.rest.n);
    (void)picture_type(c.rest);
    arena_close(a);
    return 0;
}
