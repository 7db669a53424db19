using System.Text.RegularExpressions;
using System.Xml.Linq;
using SpectralEarth.Reports;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class ReportPageTests
{
    private const string Hostile = "<script>alert(\"x\")</script> & 'y'";

    [Test]
    public void All_text_is_escaped()
    {
        var html = Page().ToHtml();

        Assert.That(html, Does.Not.Contain("<script"));
        Assert.That(Regex.Count(html, Regex.Escape("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;")), Is.EqualTo(11));
    }

    [Test]
    public void The_page_needs_no_other_file()
    {
        var html = Page().ToHtml();

        Assert.That(html, Does.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("<link").And.Not.Contain("url("));
        Assert.That(Regex.Matches(html, "src=\"([^,]*),").Select(match => match.Groups[1].Value), Is.All.EqualTo("data:image/png;base64"));
    }

    [Test]
    public void Elements_are_closed_and_in_order()
    {
        var body = Regex.Match(Page().ToHtml(), "<body>.*</body>", RegexOptions.Singleline).Value;

        var elements = XElement.Parse(Regex.Replace(body, "<img([^>]*)>", "<img$1/>")).Elements().Select(element => element.Name.LocalName);

        Assert.That(elements, Is.EqualTo(new[] { "h1", "h2", "p", "pre", "div", "div", "figure", "figure" }));
    }

    [Test]
    public void Columns_of_numbers_are_aligned_to_the_right()
    {
        var html = new ReportPage("t").Table(["class", "F1"], [["roof", "0.5"], ["tree", "12 %"]]).ToHtml();

        Assert.That(html, Does.Contain("<td>roof</td><td class=\"number\">0.5</td>").And.Contain("<td class=\"number\">12 %</td>"));
    }

    [Test]
    public void A_row_of_another_length_is_refused() =>
        Assert.That(() => new ReportPage("t").Table(["a", "b"], [["1"]]), Throws.ArgumentException.With.Message.Contain("1 cells, but the table has 2 columns"));

    [Test]
    public void The_page_is_written_whole()
    {
        using var folder = new TemporaryFolder();
        var page = Page();

        page.Write(folder.File("report.html"));

        Assert.That(File.ReadAllText(folder.File("report.html")), Is.EqualTo(page.ToHtml()));
        Assert.That(Directory.GetFiles(folder.Path), Has.Length.EqualTo(1));
    }

    private static ReportPage Page() => new ReportPage(Hostile)
        .Heading(Hostile)
        .Paragraph(Hostile)
        .Verbatim(Hostile)
        .Table([Hostile], [[Hostile]], Hostile)
        .Facts([(Hostile, "1")])
        .Figure(new Picture(1, 1).ToPng(), Hostile)
        .Figure(new Picture(1, 1), "a pixel", Hostile);
}
