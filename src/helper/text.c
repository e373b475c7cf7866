/* postroad-text FORMAT: turns the document on descriptor 0 into text on descriptor 1, in a cage.
   Status: 0, 1 not readable, 2 no cage, 3 format not known. postroad-text serve: the same for many
   documents (helper/serve.h). Started by the server. */
#include "base/arena.h"
#include "base/cur.h"
#include "helper/cage.h"
#include "helper/pdf.h"
#include "helper/pdf/draw.h"
#include "helper/pdf/png.h"
#include "helper/readers.h"
#include "helper/report/report.h"
#include "helper/serve.h"
#include "helper/smime/smime.h"
#include <sys/stat.h>
#include <unistd.h>

enum { READ, NOT_READABLE, NO_CAGE, NOT_KNOWN, DOCUMENT_MAX = 100 * 1024 * 1024 };

static const struct reader {
    struct str format;
    reader_fn *read;
    void (*prepare)(void); /* what a library opens once, before the cage is locked */
    reader_page_fn *page;  /* instead of read: "3" or "3-640x0" stands behind the format */
    bool fonts;            /* it draws letters */
} readers[] = {
    {STR("pdf"), reader_pdf, pdf_prepare, NULL, false},
    {STR("archive"), reader_archive, NULL, NULL, false},
    {STR("rtf"), reader_rtf, NULL, NULL, false},
    {STR("ole"), reader_ole, NULL, NULL, false},
    {STR("dmarc"), reader_dmarc, NULL, NULL, false},
    {STR("tlsrpt"), reader_tlsrpt, NULL, NULL, false},
    {STR("html-archive"), reader_archive_html, NULL, NULL, false},
    {STR("html-rtf"), reader_rtf_html, NULL, NULL, false},
    {STR("pdf-pages"), reader_pdf_pages, pdf_prepare, NULL, false},
    {STR("pdf-page-"), NULL, pdf_draw_prepare, reader_pdf_page, true},
    {STR("smime"), reader_smime, smime_prepare, NULL, false},
};
static const size_t reader_count = sizeof readers / sizeof readers[0];

static void add_size(void *self, uint32_t width, uint32_t height)
{
    buf_printf(self, "%u %u\n", width, height);
}

bool reader_pdf_pages(struct str document, struct buf *out)
{
    struct buf sizes = buf_of(out->arena, READER_TEXT_MAX);
    if (!pdf_sizes(document.p, document.n, add_size, &sizes))
        return false;
    struct cur c = cur_of(buf_str(&sizes));
    struct str line;
    size_t pages = 0;
    while (cur_until(&c, '\n', &line))
        pages++;
    buf_printf(out, "%zu\n", pages);
    buf_add(out, buf_str(&sizes));
    return true;
}

static bool add_picture(void *self, const struct pdf_picture *picture)
{
    return png_put(self, picture);
}

bool reader_pdf_page(struct str document, const struct reader_page *page, struct buf *out)
{
    const struct pdf_wanted wanted = {page->number, page->width, page->height};
    return pdf_draw(document.p, document.n, &wanted, add_picture, out);
}

static bool add_page(void *self, const char *text, size_t n)
{
    struct buf *out = self;
    buf_add(out, str_of(text, n));
    buf_byte(out, '\n');
    return !out->overflow;
}

bool reader_pdf(struct str document, struct buf *out)
{
    return pdf_read(document.p, document.n, add_page, out);
}

static struct str input(struct arena *a)
{
    struct buf b = buf_of(a, DOCUMENT_MAX);
    char block[65536];
    ssize_t n;
    while ((n = read(STDIN_FILENO, block, sizeof block)) > 0)
        buf_add(&b, str_of(block, (size_t)n));
    return b.overflow ? (struct str){0} : buf_str(&b);
}

static bool put(struct str text)
{
    while (text.n) {
        ssize_t n = write(STDOUT_FILENO, text.p, text.n);
        if (n <= 0)
            return false;
        text = str_from(text, (size_t)n);
    }
    return true;
}

static int run(const struct reader *r, const struct reader_page *page)
{
    struct arena *a = arena_open();
    struct buf out = buf_of(a, r->page ? READER_PICTURE_MAX : READER_TEXT_MAX);
    struct str document = input(a);
    bool read = document.n > 0;
    read = read && (r->page ? r->page(document, page, &out) : r->read(document, &out));
    return read && put(buf_str(&out)) ? READ : NOT_READABLE;
}

static void prepare_all(void)
{
    for (size_t i = 0; i < reader_count; i++)
        if (readers[i].prepare)
            readers[i].prepare();
}

static bool take_page(struct cur *c, struct reader_page *out)
{
    *out = (struct reader_page){0};
    if (!cur_u32(c, &out->number))
        return false;
    return !cur_char(c, '-') ||
           (cur_u32(c, &out->width) && cur_char(c, 'x') && cur_u32(c, &out->height));
}

static const struct reader *reader_of(const char *word, struct reader_page *page)
{
    for (size_t i = 0; i < reader_count; i++) {
        struct cur c = cur_of(str_z(word));
        if (cur_text(&c, readers[i].format) && (!readers[i].page || take_page(&c, page)) &&
            cur_end(&c))
            return &readers[i];
    }
    return NULL;
}

/* Everything is prepared; from here on nothing is opened, but for fonts. */
static int read_format(const char *word)
{
    struct reader_page page = {0};
    const struct reader *r = reader_of(word, &page);
    if (!r)
        return NOT_KNOWN;
    return (r->fonts ? cage_lock_to_fonts() : cage_lock()) ? run(r, &page) : NO_CAGE;
}

int main(int count, char **words)
{
    struct reader_page page = {0};
    if (count != 2)
        return NOT_KNOWN;
    if (str_eq(str_z(words[1]), STR("serve"))) {
        prepare_all();
        return helper_serve(read_format);
    }
    const struct reader *r = reader_of(words[1], &page);
    if (r && r->prepare)
        r->prepare();
    _exit(read_format(words[1]));
}
