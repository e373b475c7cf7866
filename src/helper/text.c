/* postroad-text FORMAT: turns the document on descriptor 0 into text on descriptor 1. Started by
   the server for one document, in a cage. Status: 0, 1 not readable, 2 no cage, 3 format not known.
 */
#include "base/arena.h"
#include "helper/cage.h"
#include "helper/pdf.h"
#include "helper/readers.h"
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

int main(int count, char **words)
{
    for (size_t i = 0; i < reader_count && count == 2; i++) {
        if (!str_eq(str_z(words[1]), readers[i].format))
            continue;
        if (readers[i].prepare)
            readers[i].prepare();
        _exit(cage_lock() ? run(readers[i].read) : NO_CAGE);
    }
    return NOT_KNOWN;
}
