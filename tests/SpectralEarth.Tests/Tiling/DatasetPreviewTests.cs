using SpectralEarth.Testing;
using SpectralEarth.Tests.Shards;
using SpectralEarth.Tiling.Previewing;

namespace SpectralEarth.Tests.Tiling;

public sealed class DatasetPreviewTests
{
    [Test]
    public void The_page_holds_pictures_map_spectra_histograms_and_quality_and_is_equal_each_time()
    {
        using var folder = new TemporaryFolder();
        var dataset = TestDataset.Write(folder.File("data"), SmallDataset.Labelled, SmallDataset.Patches(labels: true));

        DatasetPreview.Write(dataset, folder.File("page.html"), pictures: 7);
        DatasetPreview.Write(dataset, folder.File("new/again.html"), pictures: 7);
        var page = File.ReadAllText(folder.File("page.html"));

        Assert.That(page, Is.EqualTo(File.ReadAllText(folder.File("new/again.html"))));
        Assert.That(page.Split("<img class=\"sharp\"").Length - 1, Is.EqualTo(7));
        foreach (var heading in new[] { "Patches", "Map", "Spectra", "Quality", "Dates", "Labels" })
            Assert.That(page, Does.Contain($"<h2>{heading}</h2>"));
        Assert.That(page, Does.Contain("18 of 16 x 16 pixels").And.Contain("cloud shadow").And.Contain(dataset.Manifest.Fingerprint));
        Assert.That(page, Does.Not.Contain("http:").And.Not.Contain("https:").And.Not.Contain("<script"));
    }

    [Test]
    public void Data_sets_without_labels_or_with_a_single_patch_have_a_page_too()
    {
        using var folder = new TemporaryFolder();
        var dataset = TestDataset.Write(folder.File("data"), SmallDataset.Manifest, [SmallDataset.Patch(0, 0, 0)]);

        DatasetPreview.Write(dataset, folder.File("page.html"), pictures: 30);

        Assert.That(File.ReadAllText(folder.File("page.html")), Does.Not.Contain("<h2>Labels</h2>"));
    }
}
