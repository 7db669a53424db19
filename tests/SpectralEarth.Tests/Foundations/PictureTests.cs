using SpectralEarth.Reports;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class PictureTests
{
    private static readonly Rgb Red = new(200, 10, 20);
    private static readonly Rgb White = new(255, 255, 255);

    [Test]
    public void Class_codes_become_their_colours_and_others_the_background()
    {
        var colors = new Dictionary<int, Rgb> { [1] = Red };

        var picture = Picture.OfClasses([0, 1, 255, 1], height: 2, width: 2, colors, White);

        Assert.That(picture.Pixels.ToArray(), Is.EqualTo(new byte[] { 255, 255, 255, 200, 10, 20, 255, 255, 255, 200, 10, 20 }));
    }

    [Test]
    public void Enlarging_repeats_every_pixel()
    {
        var picture = new Picture(2, 3) { [0, 1] = Red, [1, 2] = White };

        var large = picture.Enlarged(4);

        Assert.That((large.Height, large.Width), Is.EqualTo((8, 12)));
        for (var row = 0; row < large.Height; row++)
        {
            for (var column = 0; column < large.Width; column++)
                Assert.That(large[row, column], Is.EqualTo(picture[row / 4, column / 4]));
        }
    }

    [Test]
    public void Png_files_hold_size_and_pixels_and_repeat_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        var picture = new Picture(5, 7) { [4, 6] = Red };

        picture.WritePng(folder.File("picture.png"));

        var png = File.ReadAllBytes(folder.File("picture.png"));
        Assert.That(png, Is.EqualTo(picture.ToPng()));
        Assert.That(png[..8], Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }));
        Assert.That(PngPixels.Read(png), Is.EqualTo((5, 7, picture.Pixels.ToArray())));
    }

    [Test]
    public void A_sheet_keeps_the_pixels_and_draws_captions_and_legend()
    {
        var picture = new Picture(40, 60);
        for (var row = 0; row < 40; row++)
            picture[row, row] = Red;

        var sheet = PictureSheet.Draw([("Labels", picture), ("Prediction", picture)], [new LegendEntry(Red, "roof")]);
        var bare = PictureSheet.Draw([("", picture), ("", picture)], []);

        for (var row = 0; row < 40; row++)
        {
            Assert.That(sheet[30 + row, 10 + row], Is.EqualTo(Red));
            Assert.That(bare[30 + row, 80 + row], Is.EqualTo(Red));
        }

        Assert.That(DarkPixels(sheet, rows: 30), Is.GreaterThan(60), "the captions are drawn, whatever fonts the machine has");
        Assert.That(DarkPixels(bare, rows: 30), Is.Zero);
        Assert.That(sheet.Width, Is.GreaterThan(bare.Width));
    }

    [TestCase("#d7301f", 0xd7, 0x30, 0x1f)]
    [TestCase("#000000", 0, 0, 0)]
    public void Colours_are_read_and_written(string text, int red, int green, int blue)
    {
        var color = Rgb.Parse(text);

        Assert.That(color, Is.EqualTo(new Rgb((byte)red, (byte)green, (byte)blue)));
        Assert.That(color.ToString(), Is.EqualTo(text));
    }

    [TestCase("red")]
    [TestCase("#12345")]
    [TestCase("#12345g")]
    [TestCase("#1234567")]
    public void Other_forms_of_colours_are_refused(string text) =>
        Assert.That(() => Rgb.Parse(text), Throws.InstanceOf<FormatException>().With.Message.Contain($"'{text}' is not a colour; write #rrggbb"));

    [Test]
    public void Wrong_sizes_are_refused()
    {
        Assert.That(() => new Picture(0, 4), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Picture(1 << 16, 1 << 16), Throws.InstanceOf<OverflowException>());
        Assert.That(() => Picture.OfClasses([1], 2, 2, new Dictionary<int, Rgb>(), White), Throws.ArgumentException);
        Assert.That(() => new Picture(2, 2)[2, 0], Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new Picture(2, 2)[0, -1], Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static int DarkPixels(Picture picture, int rows) =>
        picture.Pixels[..(3 * rows * picture.Width)].ToArray().Count(value => value < 128);
}
