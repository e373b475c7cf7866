/* Office Open XML and OpenDocument: the text of the XML files in a zip archive. */
#include "helper/archive.h"
#include "helper/readers.h"
#include <archive.h>
#include <archive_entry.h>
#include <libxml/xmlreader.h>

enum { BLOCK = 65536 };

/* Files that hold what a reader sees; a name that ends in "*" is the start of one. */
static const struct str wanted[] = {
    STR("word/document.xml"),
    STR("word/header*"),
    STR("word/footer*"),
    STR("word/footnotes.xml"),
    STR("word/endnotes.xml"),
    STR("word/comments*"),
    STR("xl/sharedStrings.xml"),
    STR("xl/worksheets/sheet*"),
    STR("xl/comments*"),
    STR("ppt/slides/slide*"),
    STR("ppt/notesSlides/notesSlide*"),
    STR("content.xml"),
    STR("meta.xml"),
    STR("docProps/core.xml"),
};

/* Elements that end a word: all others may stand in the middle of one. */
static const struct str breaks[] = {
    STR("p"),     STR("h"), STR("br"),      STR("tab"),     STR("tc"),         STR("tr"),
    STR("si"),    STR("c"), STR("row"),     STR("cr"),      STR("line-break"), STR("table-cell"),
    STR("title"), STR("s"), STR("subject"), STR("creator"), STR("keywords"),   STR("description")};

static bool is_wanted(struct str name)
{
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct str w = wanted[i];
        if (str_ends(w, STR("*")) ? str_starts(name, str_sub(w, 0, w.n - 1)) : str_eq(name, w))
            return str_ends(name, STR(".xml"));
    }
    return false;
}

static bool is_break(struct str name)
{
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++)
        if (str_eq(name, breaks[i]))
            return true;
    return false;
}

static struct str text_at(const xmlChar *text)
{
    return str_z((const char *)text);
}

/* Numbers that point to shared strings say nothing; those of the sheet itself do. */
static void xml_text(struct str xml, struct buf *out)
{
    xmlTextReaderPtr r = xmlReaderForMemory(xml.p, (int)xml.n, NULL, NULL,
                                            XML_PARSE_NONET | XML_PARSE_NOERROR |
                                                XML_PARSE_NOWARNING | XML_PARSE_RECOVER);
    while (r && !out->overflow && xmlTextReaderRead(r) == 1) {
        int type = xmlTextReaderNodeType(r);
        if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
            type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE)
            buf_add(out, text_at(xmlTextReaderConstValue(r)));
        bool empty = type == XML_READER_TYPE_ELEMENT && xmlTextReaderIsEmptyElement(r);
        if ((empty || type == XML_READER_TYPE_END_ELEMENT) &&
            is_break(text_at(xmlTextReaderConstLocalName(r))))
            buf_byte(out, str_eq(text_at(xmlTextReaderConstLocalName(r)), STR("s")) ? ' ' : '\n');
    }
    xmlFreeTextReader(r);
}

/* What was taken out of an archive so far, and how much may be. */
struct budget {
    size_t unpacked, max;
};

static struct budget budget_of(size_t archive_bytes)
{
    size_t by_ratio = archive_bytes * READER_RATIO_MAX;
    if (by_ratio < READER_RATIO_FROM)
        by_ratio = READER_RATIO_FROM;
    return (struct budget){.max = by_ratio < READER_UNPACKED_MAX ? by_ratio : READER_UNPACKED_MAX};
}

/* All of an entry, as long as all that is taken out stays within the budget; *whole: it could be
   read to its end. */
static bool entry_bytes(struct archive *in, struct budget *budget, struct buf *out, bool *whole)
{
    char block[BLOCK];
    la_ssize_t n;
    while ((n = archive_read_data(in, block, sizeof block)) > 0) {
        budget->unpacked += (size_t)n;
        if (budget->unpacked > budget->max)
            return false;
        buf_add(out, str_of(block, (size_t)n));
    }
    *whole = n == 0;
    return true;
}

static bool entry_text(struct archive *in, struct budget *budget, struct buf *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf xml = buf_of(a, READER_UNPACKED_MAX);
    bool whole;
    if (!entry_bytes(in, budget, &xml, &whole))
        return false;
    if (whole && xml.n)
        xml_text(buf_str(&xml), out);
    buf_byte(out, '\n');
    return true;
}

static struct archive *open_archive(struct str document, bool *opened)
{
    struct archive *in = archive_read_new();
    must(in && archive_read_support_format_zip_streamable(in) == ARCHIVE_OK);
    archive_read_support_format_zip_seekable(in);
    *opened = archive_read_open_memory(in, document.p, document.n) == ARCHIVE_OK;
    return in;
}

struct str archive_file_of(const struct archive_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (str_eq(files->at[i].name, str_z(name)))
            return files->at[i].bytes;
    return (struct str){0};
}

/* False: the budget is spent. */
static bool take(struct arena *a, struct archive *in, struct budget *budget, struct str name,
                 struct archive_files *out)
{
    struct buf bytes = buf_of(a, READER_UNPACKED_MAX);
    struct archive_file *f = &out->at[out->count];
    bool whole;
    *f = (struct archive_file){.name = str_dup(a, name)};
    if (!entry_bytes(in, budget, &bytes, &whole))
        return false;
    f->bytes = buf_str(&bytes);
    out->count += whole && bytes.n;
    return true;
}

bool archive_take(struct arena *a, struct str document, bool (*take_it)(struct str name),
                  struct archive_files *out)
{
    struct archive_entry *entry;
    struct budget budget = budget_of(document.n);
    bool opened;
    struct archive *in = open_archive(document, &opened);
    bool more = opened;
    *out = (struct archive_files){.at = arena_alloc(a, READER_ENTRIES_MAX * sizeof *out->at)};
    for (int i = 0; more && i < READER_ENTRIES_MAX; i++) {
        int code = archive_read_next_header(in, &entry);
        more = code == ARCHIVE_OK || code == ARCHIVE_WARN;
        const char *name = more ? archive_entry_pathname(entry) : NULL;
        if (name && take_it(str_z(name)))
            more = take(a, in, &budget, str_z(name), out);
    }
    archive_read_free(in);
    return opened;
}

bool reader_archive(struct str document, struct buf *out)
{
    struct archive_entry *entry;
    struct budget budget = budget_of(document.n);
    bool opened;
    struct archive *in = open_archive(document, &opened);
    bool more = opened;
    for (int i = 0; more && i < READER_ENTRIES_MAX; i++) {
        int code = archive_read_next_header(in, &entry);
        more = (code == ARCHIVE_OK || code == ARCHIVE_WARN) && !out->overflow;
        if (more && is_wanted(str_z(archive_entry_pathname(entry))))
            more = entry_text(in, &budget, out);
    }
    archive_read_free(in);
    return opened && out->n;
}
