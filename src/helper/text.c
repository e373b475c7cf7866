/* postroad-text FORMAT: turns the document on descriptor 0 into text on descriptor 1, in a cage.
   Status: 0, 1 not readable, 2 no cage, 3 format not known. postroad-text serve: the same for many
   documents (helper/serve.h). Started by the server. */
#include "base/arena.h"
#include "helper/cage.h"
#include "helper/pdf.h"
#include "helper/readers.h"
#include "helper/report/report.h"
#include "helper/serve.h"
#include "helper/smime/smime.h"
#include <sys/stat.h>
#include <unistd.h>

enum { READ, NOT_READABLE, NO_CAGE, NOT_KNOWN, DOCUMENT_MAX = 100 * 1024 * 1024 };

static const struct {
    struct str format;
    reader_fn *read;
    void (*prepare)(void); /* what a library opens once, before the cage is locked */
} readers[] = {
    {STR("pdf"), reader_pdf, pdf_prepare},
    {STR("archive"), reader_archive, NULL},
    {STR("rtf"), reader_rtf, NULL},
    {STR("ole"), reader_ole, NULL},
    {STR("dmarc"), reader_dmarc, NULL},
    {STR("tlsrpt"), reader_tlsrpt, NULL},
    {STR("smime"), reader_smime, smime_prepare},
};
static const size_t reader_count = sizeof readers / sizeof readers[0];

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

static int run(reader_fn *read)
{
    struct arena *a = arena_open();
    struct buf out = buf_of(a, READER_TEXT_MAX);
    struct str document = input(a);
    return document.n && read(document, &out) && put(buf_str(&out)) ? READ : NOT_READABLE;
}

static void prepare_all(void)
{
    for (size_t i = 0; i < reader_count; i++)
        if (readers[i].prepare)
            readers[i].prepare();
}

/* Everything is prepared; from here on nothing is opened. */
static int read_format(const char *format)
{
    for (size_t i = 0; i < reader_count; i++)
        if (str_eq(str_z(format), readers[i].format))
            return cage_lock() ? run(readers[i].read) : NO_CAGE;
    return NOT_KNOWN;
}

int main(int count, char **words)
{
    if (count != 2)
        return NOT_KNOWN;
    prepare_all();
    if (str_eq(str_z(words[1]), STR("serve")))
        return helper_serve(read_format);
    _exit(read_format(words[1]));
}
