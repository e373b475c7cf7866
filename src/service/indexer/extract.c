/* Which attachments have text, and the way into the cage. */
#include "base/arena.h"
#include "base/metric.h"
#include "io/process/cage.h"
#include "service/indexer.h"
#include <stdlib.h>

enum { EXTRACT_WALL_MS = 30000, EXTRACT_TEXT_MAX = 4 * 1024 * 1024 };

struct extractor {
    struct cage_host *host;
    struct metric *read, *failed;
};

/* By type, else by the end of the file's name: many mail programs call everything octet-stream. */
static const struct {
    struct str type, end;
    const char *format;
} formats[] = {
    {STR("application/pdf"), STR(".pdf"), "pdf"},
    {STR("application/x-pdf"), STR(".pdf"), "pdf"},
    {STR("application/rtf"), STR(".rtf"), "rtf"},
    {STR("application/msword"), STR(".doc"), "ole"},
    {STR("application/vnd.ms-excel"), STR(".xls"), "ole"},
    {STR("application/vnd.ms-powerpoint"), STR(".ppt"), "ole"},
    {STR("application/vnd.openxmlformats-officedocument.wordprocessingml.document"), STR(".docx"),
     "archive"},
    {STR("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), STR(".xlsx"),
     "archive"},
    {STR("application/vnd.openxmlformats-officedocument.presentationml.presentation"), STR(".pptx"),
     "archive"},
    {STR("application/vnd.oasis.opendocument.text"), STR(".odt"), "archive"},
    {STR("application/vnd.oasis.opendocument.spreadsheet"), STR(".ods"), "archive"},
    {STR("application/vnd.oasis.opendocument.presentation"), STR(".odp"), "archive"},
};

/* What the bytes say counts for more than what they are called. */
static const struct {
    struct str start;
    const char *format;
} starts[] = {
    {STR("%PDF-"), "pdf"},
    {STR("{\\rtf"), "rtf"},
    {STR("PK\x03\x04"), "archive"},
    {STR("\xd0\xcf\x11\xe0"), "ole"},
};

static bool ends_with(struct arena *a, struct str name, struct str end)
{
    return name.n && str_ends(str_lower(a, name), end);
}

static bool is_document(struct arena *a, struct str type, struct str name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (str_eq(type, formats[i].type) || ends_with(a, name, formats[i].end))
            return true;
    return false;
}

const char *extractor_format(struct str bytes)
{
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
        if (str_starts(bytes, starts[i].start))
            return starts[i].format;
    return NULL;
}

struct extractor *extractor_open(const char *program, struct metrics *metrics)
{
    struct extractor *e = calloc(1, sizeof *e);
    must(e);
    const struct cage cage = {
        .program = program, .wall_ms = EXTRACT_WALL_MS, .output_max = EXTRACT_TEXT_MAX};
    e->host = cage_host_open(&cage);
    e->read = metric_of(metrics, METRIC_COUNTER, "postroad_index_documents_total",
                        "result=\"read\"", "Attachments turned into text in the cage.");
    e->failed = metric_of(metrics, METRIC_COUNTER, "postroad_index_documents_total",
                          "result=\"failed\"", "Attachments turned into text in the cage.");
    return e;
}

void extractor_close(struct extractor *e)
{
    if (e)
        cage_host_close(e->host);
    free(e);
}

enum code extractor_run(struct ctx *cx, void *self, struct str type, struct str name,
                        struct str bytes, struct str *text)
{
    struct extractor *e = self;
    const char *format = is_document(cx->arena, type, name) ? extractor_format(bytes) : NULL;
    if (!format)
        return E_UNSUPPORTED;
    enum code code = cage_host_run(cx, e->host, format, bytes, text);
    metric_add(code == OK ? e->read : e->failed, 1);
    return code;
}
