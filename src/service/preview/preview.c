#include "service/preview/preview.h"
#include "base/clock.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/utf8.h"
#include "io/process/cage.h"
#include "service/indexer.h"
#include "service/preview/inner.h"
#include <pthread.h>
#include <stdlib.h>

enum { WORD_MAX = 32 };

struct previews {
    struct cage_host *host;
    struct log *log;
    struct metric *made, *failed, *busy, *seconds;
    pthread_mutex_t lock;
    principal_id whose[PREVIEW_ALL]; /* those that are being made; 0: none */
};

struct previews *previews_open(const struct previews_parts *parts)
{
    static const char name[] = "postroad_previews_total";
    static const char help[] = "Previews of documents that were asked for.";
    const struct cage cage = {.program = parts->program,
                              .wall_ms = parts->wall_ms ? parts->wall_ms : PREVIEW_WALL_MS,
                              .output_max = PREVIEW_MADE_MAX + 1};
    struct previews *p = calloc(1, sizeof *p);
    struct metrics *m = parts->metrics;
    must(p && pthread_mutex_init(&p->lock, NULL) == 0);
    p->host = cage_host_open(&cage);
    p->log = parts->log;
    p->made = metric_of(m, METRIC_COUNTER, name, "result=\"made\"", help);
    p->failed = metric_of(m, METRIC_COUNTER, name, "result=\"failed\"", help);
    p->busy = metric_of(m, METRIC_COUNTER, name, "result=\"busy\"", help);
    p->seconds = metric_of(m, METRIC_SECONDS, "postroad_preview_seconds", "",
                           "How long a preview took in the cage.");
    return p;
}

void previews_close(struct previews *p)
{
    if (!p)
        return;
    cage_host_close(p->host);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

bool preview_ask_of(struct str word, struct preview_ask *out)
{
    static const struct {
        struct str word;
        enum preview_kind kind;
    } kinds[] = {
        {STR("text"), PREVIEW_TEXT}, {STR("html"), PREVIEW_HTML}, {STR("pages"), PREVIEW_PAGES}};
    struct cur c = cur_of(word);
    *out = (struct preview_ask){.kind = PREVIEW_PAGE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_eq(word, kinds[i].word)) {
            out->kind = kinds[i].kind;
            return true;
        }
    return cur_text(&c, STR("page-")) && cur_peek(&c) != '0' && cur_u32(&c, &out->page) &&
           cur_end(&c);
}

static struct str page_word(struct ctx *cx, const char *word, const struct preview_ask *ask)
{
    if (!ask->width && !ask->height)
        return str_printf(cx->arena, "%s%u", word, ask->page);
    return str_printf(cx->arena, "%s%u-%ux%u", word, ask->page, ask->width, ask->height);
}

/* What the helper is asked for: its words are the formats, with what to make of them. */
static enum code word_of(struct ctx *cx, const struct preview_ask *ask, struct str document,
                         struct str *out)
{
    static const struct {
        enum preview_kind kind;
        struct str format;
        const char *word;
    } words[] = {
        {PREVIEW_TEXT, STR("pdf"), "pdf"},         {PREVIEW_TEXT, STR("rtf"), "rtf"},
        {PREVIEW_TEXT, STR("archive"), "archive"}, {PREVIEW_TEXT, STR("ole"), "ole"},
        {PREVIEW_HTML, STR("rtf"), "html-rtf"},    {PREVIEW_HTML, STR("archive"), "html-archive"},
        {PREVIEW_PAGES, STR("pdf"), "pdf-pages"},  {PREVIEW_PAGE, STR("pdf"), "pdf-page-"},
    };
    const char *format = extractor_format(document);
    for (size_t i = 0; format && i < sizeof words / sizeof *words; i++)
        if (words[i].kind == ask->kind && str_eq(words[i].format, str_z(format))) {
            *out = ask->kind == PREVIEW_PAGE ? page_word(cx, words[i].word, ask)
                                             : str_z(words[i].word);
            return OK;
        }
    return fail(cx, E_UNSUPPORTED, "no document of which that can be made");
}

/* False: too many are being made, for this person or in all. */
static bool turn_begin(struct previews *p, principal_id who, size_t *turn)
{
    size_t own = 0;
    *turn = PREVIEW_ALL;
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < PREVIEW_ALL; i++) {
        own += p->whose[i] == who;
        if (!p->whose[i])
            *turn = i;
    }
    bool begun = own < PREVIEW_EACH && *turn < PREVIEW_ALL;
    if (begun)
        p->whose[*turn] = who;
    pthread_mutex_unlock(&p->lock);
    return begun;
}

static void turn_end(struct previews *p, size_t turn)
{
    pthread_mutex_lock(&p->lock);
    p->whose[turn] = 0;
    pthread_mutex_unlock(&p->lock);
}

static enum code settle(struct ctx *cx, const struct preview_ask *ask, struct str said,
                        struct preview *out)
{
    if (said.n > PREVIEW_MADE_MAX)
        return fail(cx, E_LIMIT, "the preview is too large");
    *out = (struct preview){.bytes = said};
    switch (ask->kind) {
    case PREVIEW_TEXT:
        out->type = STR("text/plain; charset=utf-8");
        out->bytes = utf8_clean(cx->arena, said);
        return OK;
    case PREVIEW_HTML:
        out->type = STR("text/html; charset=utf-8");
        return preview_html_ok(said) ? OK : fail(cx, E_SYNTAX, "not the HTML that is written");
    case PREVIEW_PAGES:
        out->type = STR("application/json");
        return preview_pages_json(cx->arena, said, &out->bytes) ? OK
                                                                : fail(cx, E_SYNTAX, "no sizes");
    case PREVIEW_PAGE:
        out->type = STR("image/png");
        if (!said.n)
            return fail(cx, E_NOT_FOUND, "no such page");
        return str_starts(said, STR("\x89PNG\r\n\x1a\n")) ? OK : fail(cx, E_SYNTAX, "no picture");
    }
    return fail(cx, E_UNSUPPORTED, "no such preview");
}

static enum code make(struct ctx *cx, struct previews *p, const struct preview_ask *ask,
                      struct str document, struct preview *out)
{
    struct str word, said;
    if (document.n > PREVIEW_DOCUMENT_MAX)
        return fail(cx, E_LIMIT, "the document is too large");
    if (ask->page > PREVIEW_PAGES_MAX)
        return fail(cx, E_NOT_FOUND, "no such page");
    TRY(word_of(cx, ask, document, &word));
    must(word.n < WORD_MAX);
    ctx_waits(cx);
    int64_t begin_us = clock_mono_us();
    enum code code = cage_host_run(cx, p->host, str_zdup(cx->arena, word), document, &said);
    metric_observe_us(p->seconds, clock_mono_us() - begin_us);
    return code == OK ? settle(cx, ask, said, out) : code;
}

enum code preview_make(struct ctx *cx, struct previews *p, principal_id who,
                       const struct preview_ask *ask, struct str document, struct preview *out)
{
    static const char *const kinds[] = {"text", "html", "pages", "page"};
    size_t turn;
    if (!turn_begin(p, who, &turn)) {
        metric_add(p->busy, 1);
        return fail(cx, E_BUSY, "previews: too many are being made");
    }
    enum code code = make(cx, p, ask, document, out);
    turn_end(p, turn);
    metric_add(code == OK ? p->made : p->failed, 1);
    if (code != OK)
        log_event(p->log, LOG_INFO, "preview.none", "kind=%s bytes=%zu code=%s why=%s",
                  kinds[ask->kind], document.n, code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
    return code;
}
