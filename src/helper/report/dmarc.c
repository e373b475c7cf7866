/* The XML of DMARC's aggregate reports, RFC 7489 appendix C and RFC 9990: read forward, by paths.
   A document type is refused, so there are no entities of the sender's. */
#include "base/cur.h"
#include "format/report/report.h"
#include "helper/report/report.h"
#include <libxml/xmlreader.h>

enum { DEPTH_MAX = 12, PATH_MAX_BYTES = 400, TEXT_MAX = 4096 };

struct parse {
    struct arena *arena;
    struct report_data report;
    struct report_row row;
    struct buf path, text, policy, auth;
    size_t length[DEPTH_MAX]; /* of the path above each element */
    size_t depth;
    struct str part[3]; /* of one result: domain, selector, result */
    bool bad;
};

static struct str kept(struct parse *p, struct str s)
{
    return str_dup(p->arena, str_sub(str_trim(s), 0, REPORT_FIELD_MAX));
}

/* Texts that are taken as they are, by the path of their element below feedback. */
static struct str *place_of(struct parse *p, struct str path)
{
    const struct {
        struct str path;
        struct str *place;
    } places[] = {
        {STR("/report_metadata/org_name"), &p->report.organization},
        {STR("/report_metadata/email"), &p->report.contact},
        {STR("/report_metadata/report_id"), &p->report.id},
        {STR("/policy_published/domain"), &p->report.domain},
        {STR("/record/row/source_ip"), &p->row.field[DMARC_SOURCE]},
        {STR("/record/row/policy_evaluated/disposition"), &p->row.field[DMARC_DISPOSITION]},
        {STR("/record/row/policy_evaluated/dkim"), &p->row.field[DMARC_DKIM]},
        {STR("/record/row/policy_evaluated/spf"), &p->row.field[DMARC_SPF]},
        {STR("/record/row/policy_evaluated/reason/type"), &p->row.field[DMARC_REASON]},
        {STR("/record/identifiers/header_from"), &p->row.field[DMARC_HEADER_FROM]},
        {STR("/record/identifiers/envelope_from"), &p->row.field[DMARC_ENVELOPE_FROM]},
        {STR("/record/auth_results/dkim/domain"), &p->part[0]},
        {STR("/record/auth_results/dkim/selector"), &p->part[1]},
        {STR("/record/auth_results/dkim/result"), &p->part[2]},
        {STR("/record/auth_results/spf/domain"), &p->part[0]},
        {STR("/record/auth_results/spf/result"), &p->part[2]},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (str_eq(path, places[i].path))
            return places[i].place;
    return NULL;
}

static bool number(struct str text, uint64_t max, uint64_t *out)
{
    size_t point = str_chr(text, '.');
    if (point != SIZE_MAX && str_sub(text, point, 3).n <= 2 && str_ends(text, STR("0")))
        text = str_sub(text, 0, point); /* some write dates as 1700000000.0 */
    return str_u64(text, out) && *out <= max;
}

static void take_number(struct parse *p, struct str path, struct str text)
{
    bool begins = str_eq(path, STR("/report_metadata/date_range/begin"));
    bool ends = str_eq(path, STR("/report_metadata/date_range/end"));
    uint64_t n = 0;
    if (begins || ends) {
        p->bad |= !number(text, INT32_MAX, &n);
        *(begins ? &p->report.begin_s : &p->report.end_s) = (int64_t)n;
    } else if (str_eq(path, STR("/record/row/count")) && number(text, UINT32_MAX, &n)) {
        p->row.n = n;
    } else if (str_starts(path, STR("/policy_published/")) && text.n) {
        buf_printf(&p->policy, "%s%.*s=%.*s", p->policy.n ? " " : "",
                   STR_ARG(str_from(path, str_rchr(path, '/') + 1)), STR_ARG(text));
    }
}

static void end_result(struct parse *p, const char *kind)
{
    buf_printf(&p->auth, "%s%s=%.*s %.*s%s%.*s", p->auth.n ? "; " : "", kind, STR_ARG(p->part[2]),
               STR_ARG(p->part[0]), p->part[1].n ? " " : "", STR_ARG(p->part[1]));
    for (size_t i = 0; i < 3; i++)
        p->part[i] = (struct str){0};
}

static void end_record(struct parse *p)
{
    p->row.field[DMARC_AUTH] = kept(p, buf_str(&p->auth));
    report_data_add(&p->report, &p->row);
    p->row = (struct report_row){0};
    buf_reset(&p->auth);
}

static void end_element(struct parse *p, struct str path)
{
    struct str text = str_trim(buf_str(&p->text));
    struct str *place = place_of(p, path);
    if (place)
        *place = kept(p, text);
    else
        take_number(p, path, text);
    if (str_eq(path, STR("/record/auth_results/dkim")))
        end_result(p, "dkim");
    else if (str_eq(path, STR("/record/auth_results/spf")))
        end_result(p, "spf");
    else if (str_eq(path, STR("/record")))
        end_record(p);
    buf_reset(&p->text);
}

static void open_element(struct parse *p, struct str name)
{
    if (p->depth == DEPTH_MAX) {
        p->bad = true;
        return;
    }
    p->bad |= p->depth == 0 && !str_eq(name, STR("feedback"));
    p->length[p->depth++] = p->path.n;
    if (p->depth > 1)
        buf_printf(&p->path, "/%.*s", STR_ARG(str_sub(name, 0, 40)));
    p->bad |= p->path.overflow;
    buf_reset(&p->text);
}

static void close_element(struct parse *p)
{
    if (!p->depth) {
        p->bad = true;
        return;
    }
    end_element(p, buf_str(&p->path));
    p->path.n = p->length[--p->depth];
}

static void take_node(struct parse *p, xmlTextReaderPtr r)
{
    switch (xmlTextReaderNodeType(r)) {
    case XML_READER_TYPE_ELEMENT: {
        bool empty = xmlTextReaderIsEmptyElement(r) == 1;
        open_element(p, str_z((const char *)xmlTextReaderConstLocalName(r)));
        if (empty && !p->bad)
            close_element(p);
        break;
    }
    case XML_READER_TYPE_END_ELEMENT:
        close_element(p);
        break;
    case XML_READER_TYPE_TEXT:
    case XML_READER_TYPE_CDATA:
        buf_add(&p->text, str_sub(str_z((const char *)xmlTextReaderConstValue(r)), 0, TEXT_MAX));
        p->text.overflow = false; /* what is too long is cut */
        break;
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        p->bad = true;
        break;
    default:
        break;
    }
}

static bool read_xml(struct parse *p, struct str xml)
{
    int code = 0;
    xmlTextReaderPtr r = xmlReaderForMemory(
        xml.p, (int)xml.n, NULL, NULL, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    while (r && !p->bad && (code = xmlTextReaderRead(r)) == 1)
        take_node(p, r);
    xmlFreeTextReader(r);
    return r && !p->bad && code == 0;
}

bool reader_dmarc(struct str document, struct buf *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct parse p = {.arena = a,
                      .path = buf_of(a, PATH_MAX_BYTES),
                      .text = buf_of(a, TEXT_MAX * 2),
                      .policy = buf_of(a, TEXT_MAX),
                      .auth = buf_of(a, TEXT_MAX)};
    struct str xml;
    report_data_open(a, REPORT_DMARC, &p.report);
    if (!report_unpack(a, document, &xml) || !read_xml(&p, xml) || !p.report.domain.n)
        return false;
    p.report.policy = buf_str(&p.policy);
    report_data_write(out, &p.report);
    return !out->overflow;
}
