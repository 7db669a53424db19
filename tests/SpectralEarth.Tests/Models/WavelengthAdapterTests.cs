using SpectralEarth.Models;
using SpectralEarth.Models.Adapter;
using SpectralEarth.Models.Layers;
using SpectralEarth.Recipes;
using SpectralEarth.Spectra;
using SpectralEarth.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class WavelengthAdapterTests
{
    [Test]
    public void The_same_ground_in_both_swir_arrangements_has_nearly_the_same_features_and_channel_numbers_alone_do_not()
    {
        using var scope = NewDisposeScope();
        var sensor = SensorCatalog.Load("enmap");
        var (a, b) = (Wavelengths(sensor, 0), Wavelengths(sensor, 1));
        using var full = Create(a);
        using var other = Create(b);
        var (ofA, ofB) = (Spectra(a), Spectra(b));

        var features = full.ForwardSpectra(ofA);
        var byWavelength = RelativeDifference(other.ForwardSpectra(ofB), features);
        var byNumber = RelativeDifference(full.ForwardSpectra(ofB), features);

        Assert.That(byWavelength, Is.LessThan(0.05));
        Assert.That(byNumber, Is.GreaterThan(1.5 * byWavelength));
    }

    [Test]
    public void A_sensor_with_other_bands_in_the_same_range_has_similar_features()
    {
        using var scope = NewDisposeScope();
        var enmap = Wavelengths(SensorCatalog.Load("enmap"), 0);
        var emit = SensorCatalog.Load("emit").Bands.WavelengthsNm.Where(nm => enmap.Any(own => Math.Abs(own - nm) < 8)).ToArray();
        using var one = Create(enmap);
        using var two = Create(emit);

        var difference = RelativeDifference(two.ForwardSpectra(Spectra(emit)), one.ForwardSpectra(Spectra(enmap)));

        Assert.That(emit, Has.Length.Not.EqualTo(enmap.Length));
        Assert.That(difference, Is.LessThan(0.1));
    }

    [Test]
    public void The_order_of_the_bands_does_not_matter()
    {
        using var scope = NewDisposeScope();
        var ascending = Wavelengths(SensorCatalog.Load("enmap"), 0);
        var order = Enumerable.Range(0, ascending.Length).OrderBy(band => band * 7919 % 202).ToArray();
        using var one = Create(ascending);
        using var two = Create([.. order.Select(band => ascending[band])]);
        var spectra = Spectra(ascending);

        var shuffled = two.ForwardSpectra(spectra.index_select(1, tensor(order.Select(band => (long)band).ToArray())));

        Golden.Near(shuffled, one.ForwardSpectra(spectra), 1e-10, "features");
    }

    [Test]
    public void No_weight_depends_on_the_bands()
    {
        using var scope = NewDisposeScope();
        var config = new EncoderConfig { Adapter = AdapterForm.Full, PatchSize = 16, Width = 32, Depth = 1, Heads = 2 };
        using var enmap = new SpectralViT(config.ForBands(Wavelengths(SensorCatalog.Load("enmap"), 0)), seed: 1);
        using var desis = new SpectralViT(config.ForBands(SensorCatalog.Load("desis").Bands.WavelengthsNm), seed: 2);

        desis.load_state_dict(enmap.state_dict());

        Assert.That(desis.forward(zeros(1, 235, 16, 16)).shape, Is.EqualTo(new long[] { 1, 32 }));
    }

    [Test]
    public void The_transform_is_the_cosine_integral_of_a_spectrum()
    {
        // cos(pi 5 u) over the whole range: all of it in coefficient 5, up to the trapezoid rule's error at the ends.
        var wavelengths = Enumerable.Range(0, 441).Select(i => WavelengthBasis.FirstNm + (5.0 * i)).ToArray();
        var matrix = WavelengthBasis.Matrix(wavelengths);
        var spectrum = wavelengths.Select(nm => Math.Cos(5 * Math.PI * (nm - WavelengthBasis.FirstNm) / (WavelengthBasis.LastNm - WavelengthBasis.FirstNm))).ToArray();

        var coefficients = Enumerable.Range(0, WavelengthBasis.Waves)
            .Select(wave => Enumerable.Range(0, wavelengths.Length).Sum(band => spectrum[band] * matrix[(band * WavelengthBasis.Waves) + wave])).ToArray();

        var expected = Math.Sqrt(2 / (2200.0 * 10)) * 1100;          // scale of the transform times the integral of cos^2
        Assert.That(coefficients[5], Is.EqualTo(expected).Within(0.1));
        Assert.That(coefficients.Where((_, wave) => wave % 2 == 0).Max(Math.Abs), Is.LessThan(0.1));
    }

    [Test]
    public void A_spectrum_of_straight_lines_has_the_same_transform_however_it_is_sampled()
    {
        double[] coarse = [400, 1000, 2400], fine = [400, 500, 950, 1000, 1003, 1700, 2400];

        var expected = Transform(coarse);

        Assert.That(Transform(fine), Is.EqualTo(expected).Within(1e-4 * expected.Max(Math.Abs)));

        static double[] Transform(double[] wavelengths)
        {
            var matrix = WavelengthBasis.Matrix(wavelengths);
            return [.. Enumerable.Range(0, WavelengthBasis.Waves)
                .Select(wave => wavelengths.Select((nm, band) => Math.Abs(nm - 1000) * matrix[(band * WavelengthBasis.Waves) + wave]).Sum())];
        }
    }

    [Test]
    public void Wavelengths_that_are_missing_or_outside_the_range_are_refused_with_the_numbers()
    {
        var config = new EncoderConfig { Adapter = AdapterForm.Full };

        Assert.That(() => new SpectralViT(config), Throws.TypeOf<RecipeException>().With.Message.Contains("of 202 bands wavelengths_nm has 0"));
        Assert.That(() => new SpectralViT(config.ForBands([500, 9000])), Throws.TypeOf<RecipeException>().With.Message.Contains("9000"));
        Assert.That(new EncoderConfig().ForBands([500]), Is.EqualTo(new EncoderConfig { Bands = 1 }), "the reference's adapter goes by channel number");
        Assert.That(() => new SpectralViT(new EncoderConfig { WavelengthsNm = [500] }), Throws.TypeOf<RecipeException>().With.Message.Contains("adapter full"));
    }

    private static double[] Wavelengths(Sensor sensor, int arrangement) =>
        [.. sensor.Arrangements[arrangement].Bands.Select(sensor.DefaultBands).WavelengthsNm];

    private static SpectralAdapter Create(double[] wavelengths)
    {
        var adapter = SpectralAdapter.Create(new EncoderConfig { Adapter = AdapterForm.Full }.ForBands(wavelengths), new FirstWeights(5));
        adapter.to(float64);
        adapter.eval();
        return adapter;
    }

    /// <summary>Sixteen standardised spectra: a level, a slope and absorption features 30 nm wide at places of their own.</summary>
    private static Tensor Spectra(double[] wavelengths)
    {
        (double First, double Last)[] windows = [(450, 1250), (1560, 1700), (2000, 2400)];
        var random = new Randomness.SeededRandom(4, "spectra");
        var values = new double[16, wavelengths.Length];
        for (var row = 0; row < 16; row++)
        {
            var (level, slope) = (random.NextNormal(), random.NextNormal());
            var dips = Enumerable.Range(0, 6).Select(i => (Nm: Within(windows[i % 3], random.NextDouble()), Depth: random.NextNormal())).ToArray();
            for (var band = 0; band < wavelengths.Length; band++)
            {
                var nm = wavelengths[band];
                values[row, band] = level + (slope * (nm - 1400) / 1000) + dips.Sum(dip => dip.Depth * Math.Exp(-Math.Pow((nm - dip.Nm) / 30, 2)));
            }
        }

        return tensor(values);

        static double Within((double First, double Last) window, double share) => window.First + (share * (window.Last - window.First));
    }

    private static double RelativeDifference(Tensor found, Tensor expected) =>
        ((found - expected).norm() / (expected - expected.mean([0])).norm()).item<double>();
}
