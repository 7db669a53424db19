using SpectralEarth.Recipes;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;

namespace SpectralEarth.Tests.Foundations;

public sealed class SensorFilesTests
{
    private const string Yaml = """
        name: Small
        description: A sensor of three bands.
        band_table: bands.csv
        arrangements: [{ name: only, description: all, wavelength_column: wavelength_nm }]
        default_bands: 1-2
        no_data: -1
        scale: 0.0001
        quantity: reflectance
        pixel_size_m: 30
        statistics: statistics.csv
        """;

    private const string Bands = "band,wavelength_nm\n1,500\n2,510\n3,520\n";
    private const string Statistics = "band,mean,standard_deviation\n1,10,2\n2,11,3\n";

    [Test]
    public void A_sensor_is_a_descriptor_a_band_table_and_statistics()
    {
        using var folder = Folder(Yaml, Bands, Statistics);

        var sensor = Sensor.Read(folder.Path);

        Assert.That(sensor.Bands.WavelengthsNm, Is.EqualTo(new double[] { 500, 510, 520 }));
        Assert.That(sensor.Bands[0].FwhmNm, Is.NaN);
        Assert.That(sensor.DefaultBands, Is.EqualTo(new[] { 1, 2 }));
        Assert.That(sensor.StatisticsOf([2]).Single(), Is.EqualTo(new BandStatistics(2, 11, 3)));
    }

    [Test]
    public void A_band_table_may_have_quotes_spaces_and_empty_lines()
    {
        using var folder = Folder(Yaml, "\"\",\"band\", \"wavelength_nm\"\r\n\"1\",1,500\r\n\r\n\"2\",2, 510\r\n", Statistics);

        Assert.That(Sensor.Read(folder.Path).Bands.WavelengthsNm, Is.EqualTo(new double[] { 500, 510 }));
    }

    [TestCase("band,wavelength_nm\n1,500\n\n2,\"510\n", "bands.csv: a quote is never closed. Mend the file.")]
    [TestCase("band,wavelength_nm\n\n1,500\n2,51O\n", "bands.csv:4: column 'wavelength_nm' must be a number above 0, but is '51O'.")]
    [TestCase("band,wavelength_nm\n1,500\n2,51O\n", "bands.csv:3: column 'wavelength_nm' must be a number above 0, but is '51O'.")]
    [TestCase("band,wavelength_nm\n1,500\n2,0.51\n", "bands.csv:3: column 'wavelength_nm' must be nanometres, 100 to 100000, but is '0.51'. Are these micrometres? Multiply by 1000.")]
    [TestCase("band,wavelength_nm\n1,500\n2,510000\n", "bands.csv:3: column 'wavelength_nm' must be nanometres, 100 to 100000, but is '510000'.")]
    [TestCase("band,wavelength_nm\n1,500\n0,510\n", "bands.csv:3: column 'band' must be a whole number of 1 or more, but is '0'.")]
    [TestCase("band,wavelength_nm\n1,500\n2\n", "bands.csv:3: 1 cells, but the header names 2 columns.")]
    [TestCase("band,wavelength\n1,500\n", "bands.csv:1: there is no column 'wavelength_nm'; did you mean 'wavelength'?")]
    [TestCase("band;wavelength_nm\n1;500\n", "Separate cells by commas, decimals by points.")]
    [TestCase("band;wavelength_nm\n1;500,5\n", "bands.csv:2: 2 cells, but the header names 1 columns. Separate cells by commas, decimals by points.")]
    [TestCase("band,wavelength_nm\n", "bands.csv: the table has no rows below its header.")]
    [TestCase("", "bands.csv: the table has no rows below its header.")]
    [TestCase("band,wavelength_nm\n1,500\n1,510\n", "bands.csv: Band 1 occurs 2 times in the band table.")]
    [TestCase("band,wavelength_nm\n1,500\n", "sensor.yaml: 'default_bands': Band 2 is not among the 1 bands of the table.")]
    public void A_wrong_band_table_is_named_with_line_and_column(string bands, string expected)
    {
        using var folder = Folder(Yaml, bands, Statistics);

        Assert.That(() => Sensor.Read(folder.Path), Throws.InstanceOf<RecipeException>().With.Message.Contain(expected).And.Message.Not.Contain("(Parameter"));
    }

    [TestCase("band,mean,standard_deviation\n1,10,2\n1,11,3\n", "statistics.csv: band 1 occurs twice.")]
    [TestCase("band,mean,standard_deviation\n1,10,0\n", "statistics.csv:2: column 'standard_deviation' must be a number above 0, but is '0'.")]
    public void Wrong_statistics_are_named(string statistics, string expected)
    {
        using var folder = Folder(Yaml, Bands, statistics);

        Assert.That(() => Sensor.Read(folder.Path), Throws.InstanceOf<RecipeException>().With.Message.Contain(expected));
    }

    [TestCase("band_table: bands.csv", "band_table: none.csv", "none.csv: there is no such file, but the sensor descriptor names it.")]
    [TestCase("default_bands: 1-2", "default_bands: all", "sensor.yaml: 'default_bands': 'all' is not a band or a range of bands")]
    [TestCase("[{ name: only, description: all, wavelength_column: wavelength_nm }]", "[]", "sensor.yaml: 'arrangements' must name at least one")]
    [TestCase("scale: 0.0001", "", "sensor.yaml:1: key 'scale' is missing")]
    [TestCase("scale: 0.0001", "scale: 0", "sensor.yaml: 'scale' is 0; expected a finite number above 0.")]
    [TestCase("scale: 0.0001", "scale: -0.0001", "sensor.yaml: 'scale' is -0.0001; expected a finite number above 0.")]
    [TestCase("scale: 0.0001", "scale: .nan", "sensor.yaml: 'scale' is NaN; expected a finite number above 0.")]
    [TestCase("scale: 0.0001", "scale: .inf", "sensor.yaml: 'scale' is Infinity; expected a finite number above 0.")]
    [TestCase("pixel_size_m: 30", "pixel_size_m: 0", "sensor.yaml: 'pixel_size_m' is 0; expected a finite number above 0.")]
    public void A_wrong_descriptor_is_named(string line, string replacement, string expected)
    {
        using var folder = Folder(Yaml.Replace(line, replacement, StringComparison.Ordinal), Bands, Statistics);

        Assert.That(() => Sensor.Read(folder.Path), Throws.InstanceOf<RecipeException>().With.Message.Contain(expected));
    }

    [TestCase("1-126, 142-160, 168-224", 202)]
    [TestCase("7", 1)]
    [TestCase("5,3-4", 3)]
    public void Band_numbers_are_read_in_order_and_written_back(string text, int count)
    {
        var numbers = BandNumbers.Parse(text);

        Assert.That(numbers, Has.Count.EqualTo(count));
        Assert.That(BandNumbers.Parse(BandNumbers.ToText(numbers)), Is.EqualTo(numbers));
    }

    [TestCase("", "'' is not a band")]
    [TestCase("3-1", "'3-1' is not a band")]
    [TestCase("0", "'0' is not a band")]
    [TestCase("1-2-3", "'1-2-3' is not a band")]
    [TestCase("1-2000000000", "'1-2000000000' is not a band")]
    [TestCase("1-3, 2", "names band 2 2 times")]
    public void Other_forms_of_band_numbers_are_refused(string text, string expected) =>
        Assert.That(() => BandNumbers.Parse(text), Throws.InstanceOf<FormatException>().With.Message.Contain(expected));

    private static TemporaryFolder Folder(string yaml, string bands, string statistics)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("sensor.yaml"), yaml);
        File.WriteAllText(folder.File("bands.csv"), bands);
        File.WriteAllText(folder.File("statistics.csv"), statistics);
        return folder;
    }
}
