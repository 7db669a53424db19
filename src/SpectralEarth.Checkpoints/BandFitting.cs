using SpectralEarth.Models;

namespace SpectralEarth.Checkpoints;

/// <summary>Fits models whose adapter knows wavelengths (<see cref="AdapterForm.Full"/>) to bands that they were not trained on.</summary>
public static class BandFitting
{
    /// <summary>
    /// The same network for the same bands at other wavelengths, such as another arrangement of the sensor's channels.
    /// Statistics are read off the model's own, linearly between wavelengths; beyond the ends the end is repeated.
    /// </summary>
    /// <param name="model">Description of a model that knows wavelengths.</param>
    /// <param name="wavelengthsNm">Centre wavelengths of the model's bands, nm, in channel order.</param>
    /// <exception cref="ArgumentException">There is not one wavelength per band.</exception>
    /// <exception cref="InvalidOperationException">The adapter goes by channel numbers.</exception>
    public static ModelDescription At(this ModelDescription model, IReadOnlyList<double> wavelengthsNm)
    {
        if (wavelengthsNm.Count != model.Bands.Count)
            throw new ArgumentException($"{wavelengthsNm.Count} wavelengths for {model.Bands.Count} bands; one per band is needed.", nameof(wavelengthsNm));
        if (model.Encoder.Adapter != AdapterForm.Full)
            throw new InvalidOperationException("The reference's adapter knows channel numbers only; its bands cannot be exchanged.");
        return model.ForBands(
            model.Bands, wavelengthsNm, ReadOff(model.WavelengthsNm, model.Mean, wavelengthsNm), ReadOff(model.WavelengthsNm, model.StandardDeviation, wavelengthsNm));
    }

    private static double[] ReadOff(IReadOnlyList<double> wavelengthsNm, IReadOnlyList<double> values, IReadOnlyList<double> wanted)
    {
        var known = wavelengthsNm.Zip(values, (nm, value) => (Nm: nm, Value: value)).OrderBy(point => point.Nm).ToArray();
        return [.. wanted.Select(At)];

        double At(double nm)
        {
            var above = Array.FindIndex(known, point => point.Nm >= nm);
            if (above <= 0)
                return above == 0 ? known[0].Value : known[^1].Value;
            var (low, high) = (known[above - 1], known[above]);
            return low.Value + ((high.Value - low.Value) * (nm - low.Nm) / (high.Nm - low.Nm));
        }
    }
}
