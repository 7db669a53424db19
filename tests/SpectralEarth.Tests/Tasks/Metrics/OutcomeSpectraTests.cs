using SpectralEarth.Tasks.Metrics;

namespace SpectralEarth.Tests.Tasks.Metrics;

public sealed class OutcomeSpectraTests
{
    private const byte None = ConfusionMatrix.Ignore;
    private const short NoData = -1;

    [Test]
    public void Means_are_of_labelled_pixels_by_class_and_outcome_without_missing_values()
    {
        var spectra = new OutcomeSpectra(classes: 2, channels: 2, NoData);

        spectra.Add([0, 0, 0, None], [0, 0, 1, 0], [10, 20, 30, 99, 1, NoData, 3, 99]);
        spectra.Add([0, 1, None, None], [0, 1, 1, 1], [60, 7, 0, 0, 5, 8, 0, 0]);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((spectra.Pixels(0, true), spectra.Pixels(0, false), spectra.Pixels(1, true), spectra.Pixels(1, false)), Is.EqualTo((3, 1, 1, 0)));
            Assert.That(spectra.Mean(0, true), Is.EqualTo(new[] { 30.0, 3.0 }));
            Assert.That(spectra.Mean(0, false), Is.EqualTo(new[] { 30.0, 3.0 }));
            Assert.That(spectra.Mean(1, true), Is.EqualTo(new[] { 7.0, 8.0 }));
            Assert.That(spectra.Mean(1, false), Is.All.NaN);
        }
    }
}
