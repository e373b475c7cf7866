#include "helper/pdf.h"
#include "helper/pdf/draw.h"
#include <algorithm>
#include <cmath>
#include <memory>
#include <poppler-document.h>
#include <poppler-image.h>
#include <poppler-page-renderer.h>
#include <poppler-page.h>

namespace
{

constexpr double POINTS_OF_INCH = 72, POINTS_MAX = 20000;
constexpr double HALF = 0.5; // a pixel that was begun is drawn

struct extent {
    double width, height; // points, as it is seen
};

extent extent_of(const poppler::page &page)
{
    const poppler::rectf box = page.page_rect();
    const poppler::page::orientation_enum turned = page.orientation();
    const double width = std::clamp(std::abs(box.width()), 1.0, POINTS_MAX);
    const double height = std::clamp(std::abs(box.height()), 1.0, POINTS_MAX);
    if (turned == poppler::page::landscape || turned == poppler::page::seascape)
        return {height, width};
    return {width, height};
}

// Pixels of an inch, so that no page has more of them than it may.
double resolution_of(const extent &e, const pdf_wanted &wanted)
{
    const double across = double{PDF_WIDTH_MAX} / e.width;
    const double area = std::sqrt(double{PDF_PIXELS_MAX} / (e.width * e.height));
    double least = std::min({across * POINTS_OF_INCH, area * POINTS_OF_INCH, double{PDF_DPI_MAX}});
    if (wanted.width)
        least = std::min(least, (wanted.width - HALF) * POINTS_OF_INCH / e.width);
    if (wanted.height)
        least = std::min(least, (wanted.height - HALF) * POINTS_OF_INCH / e.height);
    return least;
}

std::unique_ptr<poppler::document> opened(const char *bytes, size_t n)
{
    std::unique_ptr<poppler::document> document(
        poppler::document::load_from_raw_data(bytes, static_cast<int>(n)));
    if (document && document->is_locked())
        document.reset();
    return document;
}

bool draw(const poppler::page &page, const pdf_wanted &wanted, pdf_picture_fn *fn, void *self)
{
    poppler::page_renderer renderer;
    const double dpi = resolution_of(extent_of(page), wanted);
    renderer.set_image_format(poppler::image::format_rgb24);
    renderer.set_render_hint(poppler::page_renderer::antialiasing);
    renderer.set_render_hint(poppler::page_renderer::text_antialiasing);
    const poppler::image image = renderer.render_page(&page, dpi, dpi);
    if (!image.is_valid() || image.width() < 1 || image.height() < 1 ||
        image.bytes_per_row() < 3 * image.width())
        return false;
    const pdf_picture picture = {static_cast<uint32_t>(image.width()),
                                 static_cast<uint32_t>(image.height()),
                                 static_cast<size_t>(image.bytes_per_row()), image.const_data()};
    return fn(self, &picture);
}

} // namespace

void pdf_draw_prepare(void)
{
    static const char page[] =
        "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<<"
        "/A<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
        "/B<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>"
        "/C<</Type/Font/Subtype/Type1/BaseFont/Courier>>"
        "/D<</Type/Font/Subtype/TrueType/BaseFont/Somebody>>"
        ">>>>>>endobj\n"
        "4 0 obj<</Length 73>>stream\n"
        "BT /A 9 Tf (a) Tj /B 9 Tf (b) Tj /C 9 Tf (c) Tj /D 9 Tf (d) Tj ET         \n"
        "endstream endobj\ntrailer<</Root 1 0 R>>\n";
    pdf_prepare();
    const pdf_wanted first = {1, 0, 0};
    (void)pdf_draw(
        page, sizeof page - 1, &first, [](void *, const pdf_picture *) { return true; }, nullptr);
}

bool pdf_sizes(const char *bytes, size_t n, pdf_size_fn *fn, void *self)
{
    try {
        const std::unique_ptr<poppler::document> document = opened(bytes, n);
        if (!document)
            return false;
        const int pages = std::min(document->pages(), int{PDF_PAGES_MAX});
        for (int i = 0; i < pages; i++) {
            const std::unique_ptr<poppler::page> page(document->create_page(i));
            const extent e = page ? extent_of(*page) : extent{1, 1};
            fn(self, static_cast<uint32_t>(std::lround(e.width)),
               static_cast<uint32_t>(std::lround(e.height)));
        }
        return true;
    } catch (const std::exception &) {
        return false;
    }
}

bool pdf_draw(const char *bytes, size_t n, const pdf_wanted *wanted, pdf_picture_fn *fn, void *self)
{
    try {
        const std::unique_ptr<poppler::document> document = opened(bytes, n);
        if (!document)
            return false;
        if (wanted->page < 1 ||
            wanted->page > static_cast<uint32_t>(std::max(0, document->pages())))
            return true;
        const std::unique_ptr<poppler::page> found(
            document->create_page(static_cast<int>(wanted->page - 1)));
        return found && draw(*found, *wanted, fn, self);
    } catch (const std::exception &) {
        return false;
    }
}
