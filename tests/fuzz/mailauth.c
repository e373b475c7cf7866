/* SPF, DKIM, ARC and DMARC: the input is a TXT record, a NUL, and a message. The record answers
   every question for TXT; hosts and pointers are cut out of it. What was verified is told in one
   field. */
#include "base/buf.h"
#include "base/random.h"
#include "base/resolver.h"
#include "service/mailauth/results.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct world {
    struct arena *arena;
    struct str record;
    unsigned asked;
};

static void answer(void *self, struct dns_question q, dns_done_fn *done, void *arg)
{
    struct world *w = self;
    size_t n = q.type == DNS_A ? 4 : q.type == DNS_AAAA ? 16 : w->record.n;
    struct str rdata = str_sub(str_from(w->record, w->asked++ % 7), 0, n);
    if (q.type == DNS_TXT) {
        struct buf b = buf_of(w->arena, w->record.n + w->record.n / 255 + 2);
        for (struct str rest = w->record; rest.n; rest = str_from(rest, 255)) {
            struct str piece = str_sub(rest, 0, 255);
            buf_byte(&b, (char)piece.n);
            buf_add(&b, piece);
        }
        rdata = buf_str(&b);
    }
    const struct dns_answer a = {
        .status = rdata.n ? DNS_FOUND : DNS_NO_DATA,
        .canonical = q.name,
        .records = &rdata,
        .count = rdata.n ? 1 : 0,
    };
    done(arg, &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct str in = str_of(data, n);
    size_t nul = str_chr(in, 0);
    struct world w = {.arena = a, .record = str_sub(in, 0, nul)};
    struct str message = nul == SIZE_MAX ? (struct str){0} : str_from(in, nul + 1);
    const struct resolver resolver = {.self = &w, .start = answer};
    struct random random = {.seed = 1};
    struct ctx cx = {.arena = a, .now_ms = 1790000000000, .random = &random};
    struct key_cache *keys = key_cache_open(2);

    struct spf_question q = {.helo = str_sub(message, 0, 80), .sender = str_sub(message, 5, 90)};
    must(ip_parse(n % 2 ? STR("192.0.2.1") : STR("2001:db8::1"), &q.client));
    struct spf_answer spf;
    spf_check(&cx, &resolver, &q, &spf);

    struct canon_message m;
    struct bimi_record brand;
    struct str selector;
    if (bimi_parse(&cx, w.record, &brand) == OK)
        must(!brand.logo.n || str_istarts(brand.logo, STR("https://")));
    if (bimi_selector(&cx, w.record, &selector) == OK)
        must(selector.n <= BIMI_SELECTOR_MAX);
    struct dkim_answer dkim;
    struct arc_answer arc;
    canon_open(a, message, &m);
    dkim_verify(&cx, &resolver, keys, &m, &dkim);
    arc_verify(&cx, &resolver, keys, &m, &arc);

    struct dmarc_answer dmarc;
    const struct dmarc_question asks = {
        .from_domain = STR("a.b.example"),
        .spf = spf.result,
        .spf_domain = spf.domain,
        .dkim = &dkim,
    };
    dmarc_check(&cx, &resolver, &asks, &dmarc);
    struct bimi_answer logo;
    dmarc.result = n % 2 ? DMARC_PASS : dmarc.result;
    bimi_check(&cx, &resolver, &m, asks.from_domain, &dmarc, &logo);
    (void)bimi_location(a, &logo);
    const struct results r = {
        STR("mx.example"), q.client, &spf,       q.sender,        q.helo, &dkim, &arc, &dmarc,
        asks.from_domain,  q.helo,   n % 3 == 0, spf.explanation, &logo};
    (void)results_text(a, &r);
    key_cache_close(keys);
    arena_close(a);
    return 0;
}
