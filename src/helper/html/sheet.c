/* Workbooks (ECMA-376 part 1, SpreadsheetML): sheets in their order, cells as they are shown, as
   far as that can be told without computing: days and times are, other formats of numbers are not.
 */
#include "base/cur.h"
#include "helper/archive.h"
#include "helper/html/office.h"
#include "helper/html/xml.h"
#include <time.h>

enum {
    FORMATS_MAX = 2000,
    SHEETS_MAX = 200,
    CELL_MAX = 32768, /* bytes that are shown of one */
    PATH_MAX = 300,
    DAYS_TO_1970 = 25569,
    DAYS_MAX = 2958465, /* the end of the year 9999 */
    DAY_S = 86400,
};

/* A run of bytes of the strings. */
struct piece {
    size_t at, n;
};

struct sheet {
    struct str name, id;
};

struct book {
    struct arena *arena;
    struct page *page;
    struct buf text; /* all shared strings */
    struct piece *strings;
    size_t string_count, string_room;
    bool custom[FORMATS_MAX], dates[FORMATS_MAX]; /* formats of days, by number; cells' formats */
    size_t date_count;
    struct sheet sheets[SHEETS_MAX];
    size_t sheet_count;
    struct str wanted, target; /* while rels are looked at */
    struct grid grid;
    struct buf cell;
    char kind; /* of the cell: s shared, b yes or no, t text, d day, n anything else */
    size_t column;
    bool in, skip;
};

static void add_string(struct book *b)
{
    if (b->string_count == OFFICE_STRINGS_MAX)
        return;
    if (b->string_count == b->string_room) {
        size_t room = b->string_room ? b->string_room * 2 : 256;
        b->strings = arena_grow(b->arena, b->strings, b->string_room * sizeof *b->strings,
                                room * sizeof *b->strings);
        b->string_room = room;
    }
    b->strings[b->string_count++] = (struct piece){b->text.n, 0};
}

/* Text of "t" but for how it is pronounced. */
static void look_at_strings(void *self, struct xml *x)
{
    struct book *b = self;
    bool open = x->kind == XML_OPEN;
    if (x->kind == XML_TEXT) {
        if (b->in && !b->skip && b->string_count) {
            buf_add(&b->text, x->text);
            struct piece *last = &b->strings[b->string_count - 1];
            last->n = b->text.n - last->at;
        }
    } else if (str_eq(x->name, STR("t")))
        b->in = open;
    else if (str_eq(x->name, STR("rPh")))
        b->skip = open;
    else if (open && str_eq(x->name, STR("si")))
        add_string(b);
    x->stop = b->string_count == OFFICE_STRINGS_MAX;
}

static struct str string_of(const struct book *b, size_t i)
{
    if (i >= b->string_count)
        return (struct str){0};
    return str_sub(buf_str(&b->text), b->strings[i].at, b->strings[i].n);
}

static uint32_t number_of(struct str s, uint32_t otherwise)
{
    struct cur c = cur_of(s);
    uint32_t n;
    return cur_u32(&c, &n) ? n : otherwise;
}

/* "dd\.mm\.yyyy", but not "[Red]0" or "0 \d". */
static bool is_day_format(struct str code)
{
    bool quoted = false, bracket = false;
    for (size_t i = 0; i < code.n; i++) {
        char c = ascii_lower(code.p[i]);
        if (c == '"')
            quoted = !quoted;
        else if (c == '[' || c == ']')
            bracket = c == '[';
        else if (c == '\\' || c == '_' || c == '*')
            i++;
        else if (!quoted && !bracket && (c == 'd' || c == 'y' || c == 'h'))
            return true;
    }
    return false;
}

static void look_at_styles(void *self, struct xml *x)
{
    struct book *b = self;
    if (x->kind == XML_TEXT)
        return;
    if (str_eq(x->name, STR("cellXfs")))
        b->in = x->kind == XML_OPEN;
    if (x->kind != XML_OPEN)
        return;
    uint32_t id = number_of(xml_attribute(x, "numFmtId"), FORMATS_MAX);
    if (str_eq(x->name, STR("numFmt")) && id < FORMATS_MAX)
        b->custom[id] = is_day_format(xml_attribute(x, "formatCode"));
    else if (b->in && str_eq(x->name, STR("xf")) && b->date_count < FORMATS_MAX)
        b->dates[b->date_count++] =
            (id >= 14 && id <= 22) || (id >= 45 && id <= 47) || (id < FORMATS_MAX && b->custom[id]);
}

static void look_at_book(void *self, struct xml *x)
{
    struct book *b = self;
    if (x->kind != XML_OPEN || !str_eq(x->name, STR("sheet")) || b->sheet_count == SHEETS_MAX)
        return;
    struct sheet *s = &b->sheets[b->sheet_count++];
    s->name = str_dup(b->arena, xml_attribute(x, "name"));
    s->id = str_dup(b->arena, xml_attribute(x, "id"));
}

static void look_at_rels(void *self, struct xml *x)
{
    struct book *b = self;
    if (x->kind == XML_OPEN && str_eq(x->name, STR("Relationship")) &&
        str_eq(xml_attribute(x, "Id"), b->wanted))
        b->target = str_dup(b->arena, xml_attribute(x, "Target"));
}

/* "AB12" is 27. */
static size_t column_of(struct str reference, size_t otherwise)
{
    enum { LETTERS = 26, COLUMNS = 16384 };
    size_t n = 0;
    for (size_t i = 0; i < reference.n && ascii_is_alpha(reference.p[i]) && n <= COLUMNS; i++)
        n = n * LETTERS + (size_t)(ascii_lower(reference.p[i]) - 'a' + 1);
    return n && n <= COLUMNS ? n - 1 : otherwise;
}

static void open_cell(struct book *b, struct xml *x)
{
    uint32_t style = number_of(xml_attribute(x, "s"), FORMATS_MAX);
    bool day = style < b->date_count && b->dates[style];
    b->column = column_of(xml_attribute(x, "r"), b->grid.column);
    struct str type = xml_attribute(x, "t");
    b->kind = !type.n || str_eq(type, STR("n"))                            ? (day ? 'd' : 'n')
              : str_eq(type, STR("inlineStr")) || str_eq(type, STR("str")) ? 't'
                                                                           : type.p[0];
    buf_reset(&b->cell);
}

/* "45292.5" is 2024-01-01 12:00; empty for what is no day. */
static struct str day_of(struct arena *a, struct str serial)
{
    struct cur c = cur_of(serial);
    uint32_t days;
    int64_t seconds = 0, scale = DAY_S;
    char digit;
    struct tm t;
    if (!cur_u32(&c, &days) || days > DAYS_MAX)
        return (struct str){0};
    if (cur_char(&c, '.')) {
        int64_t part = 0, whole = 1;
        while (whole < 1000000000 && cur_byte(&c, &digit) && ascii_is_digit(digit)) {
            part = part * 10 + (digit - '0');
            whole *= 10;
        }
        seconds = (part * scale + whole / 2) / whole;
    }
    time_t at = ((time_t)days - DAYS_TO_1970) * DAY_S + seconds;
    if (!gmtime_r(&at, &t))
        return (struct str){0};
    struct str time = seconds ? str_printf(a, "%02d:%02d", t.tm_hour, t.tm_min) : (struct str){0};
    if (!days)
        return time;
    return str_printf(a, "%04d-%02d-%02d%s%.*s", t.tm_year + 1900, t.tm_mon + 1, t.tm_mday,
                      time.n ? " " : "", STR_ARG(time));
}

static void close_cell(struct book *b)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str said = buf_str(&b->cell);
    if (b->kind == 's')
        said = string_of(b, number_of(said, OFFICE_STRINGS_MAX));
    else if (b->kind == 'b')
        said = str_eq(said, STR("1")) ? STR("TRUE") : STR("FALSE");
    else if (b->kind == 'd') {
        struct str day = day_of(a, said);
        said = day.n ? day : said;
    }
    if (!said.n || b->column < b->grid.column)
        return;
    grid_cell(&b->grid, b->column);
    page_paragraph(b->page);
    page_text(b->page, str_sub(said, 0, CELL_MAX));
    grid_cell_end(&b->grid);
}

static void look_at_sheet(void *self, struct xml *x)
{
    struct book *b = self;
    bool open = x->kind == XML_OPEN;
    x->stop = b->page->html.full;
    if (x->kind == XML_TEXT) {
        if (b->in && b->cell.n < CELL_MAX)
            buf_add(&b->cell, x->text);
    } else if (str_eq(x->name, STR("v")) || str_eq(x->name, STR("t")))
        b->in = open;
    else if (str_eq(x->name, STR("row")) && open)
        grid_row(&b->grid);
    else if (str_eq(x->name, STR("c"))) {
        if (open)
            open_cell(b, x);
        else
            close_cell(b);
    }
}

/* "worksheets/sheet1.xml" is below xl, "/xl/worksheets/sheet1.xml" is not. */
static struct str part_of(struct book *b, const struct archive_files *files, struct str rels,
                          const struct sheet *s)
{
    b->wanted = s->id;
    b->target = (struct str){0};
    xml_walk(rels, look_at_rels, b);
    struct str path = str_starts(b->target, STR("/"))
                          ? str_from(b->target, 1)
                          : str_printf(b->arena, "xl/%.*s", STR_ARG(b->target));
    return archive_file_of(files, str_zdup(b->arena, path));
}

static void put_sheet(struct book *b, const struct sheet *s, struct str part)
{
    b->grid = (struct grid){.page = b->page};
    b->in = false;
    page_paragraph(b->page);
    b->page->heading = 2;
    page_text(b->page, s->name);
    page_paragraph_end(b->page);
    xml_walk(part, look_at_sheet, b);
    grid_end(&b->grid);
}

void office_workbook(struct page *p, const struct archive_files *files)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct book *b = ARENA_NEW(a, struct book);
    struct str rels = archive_file_of(files, "xl/_rels/workbook.xml.rels");
    struct str strings = archive_file_of(files, "xl/sharedStrings.xml");
    *b = (struct book){.arena = a, .page = p};
    b->text = buf_of(a, strings.n + 1);
    b->cell = buf_of(a, strings.n + (size_t)2 * CELL_MAX);
    xml_walk(strings, look_at_strings, b);
    b->in = false;
    xml_walk(archive_file_of(files, "xl/styles.xml"), look_at_styles, b);
    xml_walk(archive_file_of(files, "xl/workbook.xml"), look_at_book, b);
    for (size_t i = 0; i < b->sheet_count && !p->html.full; i++)
        put_sheet(b, &b->sheets[i], part_of(b, files, rels, &b->sheets[i]));
}
