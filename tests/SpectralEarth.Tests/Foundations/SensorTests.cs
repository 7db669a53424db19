using System.Globalization;
using System.Xml.Linq;
using SpectralEarth.Recipes;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class SensorTests
{
    [TestCase("enmap", 224, 202, 418.24, 2445.53)]
    [TestCase("desis", 235, 235, 402.0, 999.5)]
    [TestCase("eo1", 198, 198, 426.82, 2395.5)]
    [TestCase("emit", 285, 285, 381.0, 2492.9)]
    [TestCase("prisma", 234, 234, 402.5, 2496.9)]
    [TestCase("hyperview", 150, 150, 462.0, 938.8)]
    public void Every_sensor_is_read_with_its_bands(string name, int bands, int kept, double first, double last)
    {
        var sensor = SensorCatalog.Load(name);

        Assert.That(sensor.Bands, Has.Count.EqualTo(bands));
        Assert.That(sensor.DefaultBands, Has.Count.EqualTo(kept));
        Assert.That(sensor.Bands[0].WavelengthNm, Is.EqualTo(first));
        Assert.That(sensor.Bands[^1].WavelengthNm, Is.EqualTo(last));
        Assert.That(SensorCatalog.Load(sensor.Descriptor.Name).Descriptor.Name, Is.EqualTo(sensor.Descriptor.Name));
    }

    [Test]
    public void The_catalog_names_the_folders() =>
        Assert.That(SensorCatalog.Names(), Is.EqualTo(new[] { "desis", "emit", "enmap", "eo1", "hyperview", "prisma" }));

    [Test]
    public void The_202_bands_of_spectralearth_are_1_to_126_142_to_160_and_168_to_224()
    {
        var expected = Enumerable.Range(1, 126).Concat(Enumerable.Range(142, 19)).Concat(Enumerable.Range(168, 57));

        var kept = SensorCatalog.Load("enmap").DefaultBands;

        Assert.That(kept, Is.EqualTo(expected));
        Assert.That(NumbersWhere("in_spectralearth_202", "1"), Is.EqualTo(kept));
    }

    [Test]
    public void The_reference_projects_own_band_table_is_wrong_for_channels_130_to_144()
    {
        var kept = SensorCatalog.Load("enmap").DefaultBands;

        var reference = NumbersWhere("in_reference_remap_csv", "1");

        Assert.That(reference, Has.Count.EqualTo(202));
        var wrong = Enumerable.Range(0, 202).Where(channel => reference[channel] != kept[channel]);
        Assert.That(wrong, Is.EqualTo(Enumerable.Range(130, 15)));
        Assert.That(wrong.Select(channel => reference[channel]), Is.EqualTo(Enumerable.Range(153, 15)));
    }

    [TestCase("A", 1461.46)]
    [TestCase("B", 1449.43)]
    public void Band_136_tells_the_two_arrangements_apart(string name, double wavelengthNm)
    {
        var sensor = SensorCatalog.Load("enmap");

        var arrangement = sensor.Arrangements.Single(arrangement => arrangement.Name == name);

        Assert.That(arrangement.Bands.Single(band => band.Number == 136).WavelengthNm, Is.EqualTo(wavelengthNm));
        Assert.That(arrangement.Bands.WavelengthsNm, Is.Ordered.And.Unique);
        Assert.That(sensor.ArrangementOf(Shifted(arrangement.Bands, 0.35)), Is.SameAs(arrangement), "calibrations differ by up to 0.4 nm");
        Assert.That(sensor.ArrangementOf(arrangement.Bands.Select(sensor.DefaultBands)), Is.SameAs(arrangement));
    }

    [Test]
    public void The_arrangements_differ_by_a_channel_in_bands_142_to_160_and_agree_in_the_other_kept_bands()
    {
        var sensor = SensorCatalog.Load("enmap");
        var (a, b) = (sensor.Arrangements[0].Bands.Select(sensor.DefaultBands), sensor.Arrangements[1].Bands.Select(sensor.DefaultBands));

        for (var channel = 0; channel < 202; channel++)
        {
            var difference = a[channel].WavelengthNm - b[channel].WavelengthNm;
            Assert.That(Math.Abs(difference), channel is >= 126 and <= 144 ? Is.InRange(10.5, 12.1) : Is.LessThan(0.4));
        }
    }

    [Test]
    public void Bands_of_neither_arrangement_are_not_guessed()
    {
        var sensor = SensorCatalog.Load("enmap");

        Assert.That(sensor.ArrangementOf(Shifted(sensor.Bands, 3)), Is.Null);
        Assert.That(sensor.ArrangementOf(new BandTable([new Band(300, 500, 7)])), Is.Null);
    }

    [Test]
    public void The_real_product_of_2022_has_arrangement_a()
    {
        var xml = Directory.GetFiles(SharedData.PotsdamScene(), "*METADATA.XML").Single();
        var bands = new BandTable(XDocument.Load(xml).Descendants("bandCharacterisation").Single().Elements("bandID").Select(band => new Band(
            int.Parse(band.Attribute("number")!.Value, CultureInfo.InvariantCulture),
            double.Parse(band.Element("wavelengthCenterOfBand")!.Value, CultureInfo.InvariantCulture),
            double.Parse(band.Element("FWHMOfBand")!.Value, CultureInfo.InvariantCulture))));

        Assert.That(bands, Has.Count.EqualTo(224));
        Assert.That(SensorCatalog.Load("enmap").ArrangementOf(bands)?.Name, Is.EqualTo("A"));
    }

    [TestCase("enmap", 202)]
    [TestCase("desis", 235)]
    [TestCase("eo1", 198)]
    [TestCase("hyperview", 150)]
    public void Published_statistics_cover_the_default_bands(string name, int count)
    {
        var sensor = SensorCatalog.Load(name);

        var statistics = sensor.StatisticsOf(sensor.DefaultBands);

        Assert.That(statistics.Select(band => band.Number), Is.EqualTo(sensor.DefaultBands));
        Assert.That(statistics, Has.Count.EqualTo(count));
        Assert.That(statistics, Has.All.Matches<BandStatistics>(band => band.StandardDeviation > 0));
    }

    [Test]
    public void Published_statistics_of_enmap_equal_the_reference()
    {
        var statistics = SensorCatalog.Load("enmap").StatisticsOf([1, 224, 126]);

        Assert.That(statistics[0], Is.EqualTo(new BandStatistics(1, 827.30597, 1718.0717)));
        Assert.That(statistics.Select(band => band.Number), Is.EqualTo(new[] { 1, 224, 126 }));
        Assert.That(SensorCatalog.Load("enmap").StatisticsOf(SensorCatalog.Load("enmap").DefaultBands).Min(band => band.Mean), Is.EqualTo(813.0429));
    }

    [Test]
    public void Statistics_that_are_not_published_are_refused()
    {
        Assert.That(() => SensorCatalog.Load("enmap").StatisticsOf([1, 130]), Throws.InstanceOf<RecipeException>()
            .With.Message.StartsWith("No statistics are published for band 130 of EnMAP, only for 1-126, 142-160, 168-224"));
        Assert.That(() => SensorCatalog.Load("prisma").StatisticsOf([1]), Throws.InstanceOf<RecipeException>()
            .With.Message.StartsWith("No statistics are published for PRISMA"));
    }

    [TestCase("enmapp", "Unknown sensor 'enmapp'; did you mean 'enmap'?")]
    [TestCase("../enmap", "Unknown sensor '../enmap'")]
    public void An_unknown_sensor_is_refused_with_the_names_that_there_are(string name, string expected) =>
        Assert.That(() => SensorCatalog.Load(name), Throws.InstanceOf<RecipeException>().With.Message.StartsWith(expected));

    private static BandTable Shifted(BandTable bands, double shiftNm) =>
        new(bands.Select(band => band with { WavelengthNm = band.WavelengthNm + shiftNm }));

    private static IReadOnlyList<int> NumbersWhere(string column, string value)
    {
        var lines = File.ReadAllLines(Path.Combine(SpectralEarth.Storage.ProgramFolder.Find("datasets"), "enmap", "bands.csv"));
        var index = Array.IndexOf(lines[0].Split(','), column);
        return [.. lines.Skip(1).Select(line => line.Split(',')).Where(cells => cells[index] == value)
            .Select(cells => int.Parse(cells[0], CultureInfo.InvariantCulture))];
    }
}
