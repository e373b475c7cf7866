/* A script, and behind a NUL perhaps the message that it is run on: what compiles runs within its
   limits, twice to the same end; what does not has a problem on a line of its own text. */
#include "service/sieve.h"
#include "base/arena.h"
#include "base/random.h"
#include "format/mime.h"
#include "format/utf8.h"
#include "service/filter/convert/convert.h"
#include "service/sieve/outcome.h"
#include "service/sieve/run/run.h"
#include "service/sieve/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char message[] =
    "Received: from a by b; Sat, 21 Nov 2026 09:00:00 +0100\r\n"
    "Date: Sun, 22 Nov 2026 10:58:00 +0100\r\n"
    "From: \"W. Coyote\" <coyote+x@desert.example.org>\r\n"
    "To: a@example.com, b: c@example.com;\r\n"
    "Subject: =?utf-8?Q?gr=C3=BC=C3=9F?= dich\r\n"
    "X-Score: 007\r\nX-Score: 12\r\n"
    "MIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\ngr\xfc\xdf\r\n"
    "--b\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPGI+eDwvYj4=\r\n"
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nx\r\n--b--\r\n";

static bool yes(void *self, struct ctx *cx, struct str name)
{
    (void)self;
    (void)cx;
    return name.n % 2;
}

static bool exists(void *self, struct ctx *cx, enum sieve_naming by, struct str name)
{
    return by == SIEVE_BY_NAME && yes(self, cx, name);
}

static bool both(void *self, struct ctx *cx, struct str a, struct str b)
{
    return yes(self, cx, a) && yes(self, cx, b);
}

static bool metadata(void *self, struct ctx *cx, struct str mailbox, struct str name,
                     struct str *value)
{
    *value = name;
    return yes(self, cx, mailbox);
}

/* Scripts include the script itself, by whatever name. */
static enum code script(void *self, struct ctx *cx, bool global, struct str name,
                        struct sieve_program **out)
{
    struct sieve_problems problems;
    const struct str *text = self;
    (void)name;
    return global ? E_NOT_FOUND : sieve_compile(cx, *text, NULL, out, &problems);
}

/* Texts as the server converts them, and anything into a picture of its first parameter. */
static bool convert(void *self, struct ctx *cx, struct sieve_conversion *x)
{
    const struct converter_parts parts = {0};
    (void)self;
    if (str_eq(x->to, STR("image/png"))) {
        x->out = x->parameters[0];
        return true;
    }
    struct converter *c = converter_open(&parts);
    bool done = converter_run(cx, c, conversions_open(cx->arena), x);
    converter_close(c);
    return done;
}

static int16_t zone(void *self, struct ctx *cx, int64_t utc_ms)
{
    (void)self;
    (void)cx;
    return (int16_t)(utc_ms / 3600000 % 840);
}

static const struct sieve_ops ops = {.mailbox_exists = exists,
                                     .mailbox_has_use = both,
                                     .metadata = metadata,
                                     .duplicate = yes,
                                     .list_known = yes,
                                     .list_has = both,
                                     .script = script,
                                     .convert = convert,
                                     .zone = zone};

static const struct sieve_pair envelope[] = {{STR("from"), STR("coyote+x@desert.example.org")},
                                             {STR("to"), STR("a@example.com")},
                                             {STR("bytimerelative"), STR("120")}};
static const struct sieve_pair environment[] = {{STR("domain"), STR("example.com")}};

static struct str play(struct arena *a, const struct sieve_program *p, struct sieve_world *w)
{
    struct random random = {.seed = 1};
    struct ctx cx = {.arena = a, .now_ms = 1795341600000, .random = &random};
    struct sieve_outcome out;
    w->trace_wanted = true;
    sieve_run(&cx, p, w, &out);
    must(out.count >= 1 && out.count <= SIEVE_ACTIONS_MAX + 1);
    must(out.error.n == 0 || (out.count == 1 && out.actions[0].act == SIEVE_KEEP));
    must(utf8_valid(out.error) && out.trace_count <= SIEVE_TRACE_MAX);
    struct str all = {0};
    for (size_t i = 0; i < out.count; i++) {
        struct str parts[] = {all, sieve_action_text(a, &out.actions[i]), out.actions[i].message};
        all = str_join(a, parts, 3);
    }
    return all;
}

static void compiled(struct arena *a, struct str text, const struct sieve_program *p,
                     struct str bytes)
{
    struct ctx cx = {.arena = a};
    struct mime *m;
    if (mime_parse(&cx, bytes, NULL, &m) != OK)
        return;
    struct sieve_world w = {.mime = m,
                            .envelope = envelope,
                            .envelope_count = sizeof envelope / sizeof envelope[0],
                            .environment = environment,
                            .environment_count = 1,
                            .spam_percent = 40,
                            .virus = 2,
                            .ops = &ops,
                            .self = &text};
    must(str_eq(play(a, p, &w), play(a, p, &w)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n > 16384)
        return 0;
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct str all = str_of(data, n);
    size_t nul = str_chr(all, '\0');
    struct str text = str_sub(all, 0, nul);
    struct str bytes =
        nul == SIZE_MAX ? str_of(message, sizeof message - 1) : str_from(all, nul + 1);
    struct sieve_program *p = NULL;
    struct sieve_problems problems;
    if (sieve_compile(&cx, text, NULL, &p, &problems) == OK) {
        must(problems.count == 0);
        compiled(a, text, p, bytes);
    } else {
        must(problems.count >= 1 && problems.at[0].line >= 1 && problems.at[0].column >= 1);
        must(problems.at[0].text.n && utf8_valid(problems.at[0].text));
    }
    sieve_program_unref(p);
    arena_close(a);
    return 0;
}
