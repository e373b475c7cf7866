/* URLs of messages: what is taken lies within the input, and reads the same again. */
#include "format/imap_url.h"
#include "base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct imap_url url, again;
    if (imap_url_parse(&cx, str_of(data, n), &url) == OK) {
        must(url.uid && url.rump.n <= n);
        must(url.host.n <= n && url.mailbox.n <= n && url.section.n <= n);
        if (url.rump.n) /* what is signed is a URL itself */
            must(imap_url_parse(&cx, url.rump, &again) == OK && again.rump.n == url.rump.n);
    }
    arena_close(a);
    return 0;
}
