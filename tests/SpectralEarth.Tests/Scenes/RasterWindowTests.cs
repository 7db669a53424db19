using SpectralEarth.Scenes;

namespace SpectralEarth.Tests.Scenes;

public sealed class RasterWindowTests
{
    [TestCase(7, 3, 60, new[] { 4, 3 })]
    [TestCase(8, 3, 60, new[] { 4, 4 })]
    [TestCase(1, 3, 60, new[] { 1 })]
    [TestCase(3, 3, 14, new[] { 1, 1, 1 }, Description = "a row has more samples than a part may have")]
    [TestCase(3, 0, 14, new[] { 3 })]
    [TestCase(0, 3, 60, new[] { 0 })]
    public void Parts_cover_the_window_once_from_the_top(int height, int bands, int samples, int[] rows)
    {
        var window = new RasterWindow(Column: -2, Row: -3, Width: 5, height);

        var parts = window.Parts(bands, samples);

        var firstRows = rows.Select((_, part) => window.Row + rows.Take(part).Sum());
        Assert.That(parts, Is.EqualTo(rows.Zip(firstRows, (count, first) => new RasterWindow(-2, first, 5, count))));
    }
}
