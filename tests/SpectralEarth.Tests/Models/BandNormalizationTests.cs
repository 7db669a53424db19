using System.Globalization;
using SpectralEarth.Models;
using SpectralEarth.Testing;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class BandNormalizationTests
{
    [Test]
    public void Digital_numbers_become_the_reference_s_input()
    {
        using var scope = NewDisposeScope();
        var golden = new Golden("spec_vit_mini");
        var rows = File.ReadLines(SharedData.Path("reference/spectralearth-statistics.csv")).Where(line => !line.StartsWith('#'))
            .Select(line => line.Split(',')).ToArray();
        var (mean, deviation) = (Column(rows, "mu"), Column(rows, "sigma"));
        using var normalization = new BandNormalization(mean, deviation);

        var normalized = normalization.Apply(golden.Read("input_dn.npy"), short.MinValue);

        Golden.Near(normalized, golden.Read("input.npy"), 1e-5, "input.npy");
    }

    [Test]
    public void Invalid_pixels_and_bands_without_data_become_zero_and_the_argument_stays_as_it_is()
    {
        using var leaks = TensorLeaks.MustBeNone();
        using var normalization = new BandNormalization([100, 200], [10, 20]);
        using var scope = NewDisposeScope();
        var numbers = tensor(new short[] { 110, 300, 180, -9999, -9999, 120 }, [1, 2, 1, 3]);
        var validity = tensor(new byte[] { 1, 0, 1 }, [1, 1, 3]);

        var normalized = normalization.Apply(numbers, -9999, validity);

        Assert.That(normalized.data<float>().ToArray(), Is.EqualTo(new float[] { 1, 0, 8, 0, 0, -4 }));
        Assert.That(numbers.data<short>().ToArray(), Is.EqualTo(new short[] { 110, 300, 180, -9999, -9999, 120 }));
        normalization.Dispose();
    }

    [Test]
    public void Bad_statistics_and_bad_images_are_refused()
    {
        using var normalization = new BandNormalization([0, 0], [1, 1]);
        using var image = zeros(1, 3, 2, 2);

        Assert.That(() => new BandNormalization([0, 0], [1]), Throws.ArgumentException.With.Message.Contains("2 means but 1"));
        Assert.That(() => new BandNormalization([0, 0], [1, 0]), Throws.ArgumentException.With.Message.Contains("Channel 1"));
        Assert.That(() => new BandNormalization([0, double.NaN], [1, 1]), Throws.ArgumentException.With.Message.Contains("Channel 1"));
        Assert.That(() => normalization.Apply(image, noData: 0), Throws.ArgumentException.With.Message.Contains("[1, 3, 2, 2]"));
    }

    private static double[] Column(string[][] rows, string name)
    {
        var column = Array.FindIndex(rows[0], cell => cell.Trim() == name);
        return [.. rows.Skip(1).Select(row => double.Parse(row[column], CultureInfo.InvariantCulture))];
    }
}
