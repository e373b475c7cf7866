#include "helper/pdf.h"
#include <memory>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

void pdf_prepare(void)
{
    static const char empty[] = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                                "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                                "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
                                "trailer<</Root 1 0 R>>\n";
    poppler::set_debug_error_function([](const std::string &, void *) {}, nullptr);
    (void)poppler::ustring::from_latin1("a").to_utf8(); /* the C library's converters */
    (void)pdf_read(
        empty, sizeof empty - 1, [](void *, const char *, size_t) { return true; }, nullptr);
}

bool pdf_read(const char *bytes, size_t n, pdf_page_fn *fn, void *self)
{
    try {
        std::unique_ptr<poppler::document> document(
            poppler::document::load_from_raw_data(bytes, static_cast<int>(n)));
        if (!document || document->is_locked())
            return false;
        bool more = true;
        for (int i = 0; i < document->pages() && more; i++) {
            std::unique_ptr<poppler::page> page(document->create_page(i));
            if (!page)
                continue;
            const poppler::byte_array text = page->text().to_utf8();
            more = fn(self, text.data(), text.size());
        }
        return true;
    } catch (const std::exception &) {
        return false;
    }
}
