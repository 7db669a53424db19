using System.Globalization;
using System.Net;
using System.Text;
using SpectralEarth.Storage;

namespace SpectralEarth.Reports;

/// <summary>
/// A report as one HTML file that needs nothing else: no script, no fetched file, readable in light and dark mode. All
/// text is escaped.
/// </summary>
/// <param name="title">Title of the page.</param>
public sealed class ReportPage(string title)
{
    private const string Style = """
        :root { color-scheme: light dark; --ink: #1d2126; --faint: #5c6670; --line: #d5dae0; --paper: #ffffff; --band: #f4f6f8; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e3e7eb; --faint: #9aa5b0; --line: #3a424b; --paper: #16191d; --band: #1f242a; } }
        body { margin: 2rem auto; max-width: 62rem; padding: 0 1.25rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        h1 { font-size: 1.6rem; margin: 0 0 1rem; }
        h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
        p { margin: .6rem 0; max-width: 46rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; margin: .8rem 0; font-size: .92rem; font-variant-numeric: tabular-nums; }
        caption, figcaption { color: var(--faint); font-size: .88rem; text-align: left; padding: .3rem 0; }
        th, td { padding: .28rem .8rem .28rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
        th.number, td.number { text-align: right; }
        figure { margin: 1rem 0; }
        img { max-width: 100%; background: #fff; border: 1px solid var(--line); border-radius: 4px; }
        img.sharp { image-rendering: pixelated; }
        .gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .9rem .7rem; margin: .8rem 0; }
        .gallery figure { margin: 0; }
        .gallery img { width: 100%; display: block; }
        .gallery figcaption { font-size: .72rem; line-height: 1.35; overflow-wrap: anywhere; }
        pre { background: var(--band); border: 1px solid var(--line); border-radius: 4px; padding: .7rem .9rem; overflow-x: auto; font-size: .85rem; }
        """;

    private readonly StringBuilder body = new();

    /// <summary>Begins a section.</summary>
    public ReportPage Heading(string text) => Add($"<h2>{Escaped(text)}</h2>");

    /// <summary>Adds a paragraph.</summary>
    public ReportPage Paragraph(string text) => Add($"<p>{Escaped(text)}</p>");

    /// <summary>Adds text as it is, for example a recipe or a command.</summary>
    public ReportPage Verbatim(string text) => Add($"<pre>{Escaped(text)}</pre>");

    /// <summary>Adds a table; columns whose cells are all numbers are aligned to the right.</summary>
    /// <exception cref="ArgumentException">A row has more or fewer cells than there are columns.</exception>
    public ReportPage Table(IReadOnlyList<string> columns, IReadOnlyList<IReadOnlyList<string>> rows, string? caption = null)
    {
        if (rows.FirstOrDefault(row => row.Count != columns.Count) is { } wrong)
            throw new ArgumentException($"A row has {wrong.Count} cells, but the table has {columns.Count} columns.", nameof(rows));
        var classes = Enumerable.Range(0, columns.Count)
            .Select(column => rows.Count > 0 && rows.All(row => IsNumber(row[column])) ? " class=\"number\"" : "").ToArray();
        Add("<div class=\"wide\"><table>");
        if (caption is not null)
            Add($"<caption>{Escaped(caption)}</caption>");
        Add($"<thead><tr>{string.Concat(columns.Select((cell, i) => $"<th scope=\"col\"{classes[i]}>{Escaped(cell)}</th>"))}</tr></thead>");
        Add("<tbody>");
        foreach (var row in rows)
            Add($"<tr>{string.Concat(row.Select((cell, i) => $"<td{classes[i]}>{Escaped(cell)}</td>"))}</tr>");
        return Add("</tbody></table></div>");
    }

    /// <summary>Adds a table of two columns: what, and its value.</summary>
    public ReportPage Facts(IReadOnlyList<(string Name, string Value)> facts)
    {
        Add("<div class=\"wide\"><table><tbody>");
        foreach (var (name, value) in facts)
            Add($"<tr><th scope=\"row\">{Escaped(name)}</th><td>{Escaped(value)}</td></tr>");
        return Add("</tbody></table></div>");
    }

    /// <summary>Adds a chart of <see cref="Charts"/>.</summary>
    /// <param name="png">The chart as PNG.</param>
    /// <param name="description">What it shows, for readers who cannot see it.</param>
    /// <param name="caption">Text below it.</param>
    public ReportPage Figure(byte[] png, string description, string? caption = null) =>
        Image(png, description, caption, $" width=\"{Charts.Width}\"");

    /// <summary>Adds a picture whose pixels stay sharp when enlarged.</summary>
    /// <inheritdoc cref="Figure(byte[], string, string)"/>
    public ReportPage Figure(Picture picture, string description, string? caption = null) =>
        Image(picture.ToPng(), description, caption, " class=\"sharp\"");

    /// <summary>Adds small pictures with captions, as many in a row as there is room for.</summary>
    public ReportPage Gallery(IReadOnlyList<(Picture Picture, string Caption)> pictures)
    {
        Add("<div class=\"gallery\">");
        foreach (var (picture, caption) in pictures)
            Add($"<figure><img class=\"sharp\" src=\"data:image/png;base64,{Convert.ToBase64String(picture.ToPng())}\" alt=\"{Escaped(caption)}\"><figcaption>{Escaped(caption)}</figcaption></figure>");
        return Add("</div>");
    }

    /// <summary>The page as HTML.</summary>
    public string ToHtml() => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
        <title>{Escaped(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <h1>{Escaped(title)}</h1>
        {body}</body>
        </html>

        """.ReplaceLineEndings("\n");

    /// <summary>Writes the page.</summary>
    /// <exception cref="IOException">The folder is read-only or the disk is full.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, ToHtml());

    private ReportPage Image(byte[] png, string description, string? caption, string attributes)
    {
        Add($"<figure><img src=\"data:image/png;base64,{Convert.ToBase64String(png)}\" alt=\"{Escaped(description)}\"{attributes}>");
        if (caption is not null)
            Add($"<figcaption>{Escaped(caption)}</figcaption>");
        return Add("</figure>");
    }

    private ReportPage Add(string line)
    {
        body.Append(line).Append('\n');
        return this;
    }

    private static bool IsNumber(string cell) =>
        cell.Length == 0 || double.TryParse(cell.TrimEnd('%', ' '), NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _);

    private static string Escaped(string text) => WebUtility.HtmlEncode(text);
}
