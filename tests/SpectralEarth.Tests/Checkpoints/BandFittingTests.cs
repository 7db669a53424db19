using SpectralEarth.Checkpoints;
using SpectralEarth.Models;

namespace SpectralEarth.Tests.Checkpoints;

public sealed class BandFittingTests
{
    private static readonly EncoderConfig Encoder = new() { Adapter = AdapterForm.Full, PatchSize = 16, Width = 32, Depth = 1, Heads = 2 };

    private static readonly ModelDescription Model = Samples.Mae with
    {
        Mae = Samples.Mae.Mae! with { Encoder = Encoder.ForBands([500, 600, 800]) },
        Bands = [1, 2, 3],
        WavelengthsNm = [500, 600, 800],
        Mean = [10, 20, 40],
        StandardDeviation = [1, 2, 3],
    };

    [Test]
    public void The_same_bands_at_other_wavelengths_have_statistics_read_off_between_the_models_own()
    {
        var fitted = Model.At([480, 610, 790]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fitted.Mean, Is.EqualTo(new[] { 10, 21, 39 }).Within(1e-12));
            Assert.That(fitted.StandardDeviation, Is.EqualTo(new[] { 1, 2.05, 2.95 }).Within(1e-12));
            Assert.That(fitted.Mae!.Encoder.WavelengthsNm, Is.EqualTo(fitted.WavelengthsNm));
            Assert.That(ModelDescription.FromJson(fitted.ToJson(), "test").WavelengthsNm, Is.EqualTo(new[] { 480.0, 610, 790 }));
        }
    }

    [Test]
    public void Other_bands_keep_the_encoder_alone()
    {
        var fitted = Model.OfEncoder().ForBands([7, 9], [900, 1000], [5, 6], [7, 8]);

        Assert.That((fitted.Mae, fitted.EncoderOnly!.Bands, fitted.Architecture), Is.EqualTo(((MaeConfig?)null, 2, ModelDescription.EncoderOnlyArchitecture)));
        Assert.That(ModelDescription.FromJson(fitted.ToJson(), "test").Encoder.WavelengthsNm, Is.EqualTo(new[] { 900.0, 1000 }));
    }

    [Test]
    public void Wavelengths_that_contradict_the_encoders_are_refused() =>
        Assert.That(() => ModelDescription.FromJson((Model with { WavelengthsNm = [500, 600, 801] }).ToJson(), "test"),
            Throws.TypeOf<CheckpointException>().With.Message.Contains("wavelengths_nm"));

    [Test]
    public void A_model_that_goes_by_channel_numbers_cannot_be_fitted() =>
        Assert.That(() => Samples.Mae.At(Samples.Mae.WavelengthsNm), Throws.InvalidOperationException.With.Message.Contains("channel numbers"));
}
