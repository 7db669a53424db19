using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Spectra;

namespace SpectralEarth.Tasks.Mapping;

/// <summary>Finds the bands that a network was trained on in a scene: by number, with wavelengths checked.</summary>
/// <remarks>
/// EnMAP has two arrangements of its SWIR channels: between 2022 and 2024 bands 136 to 163 moved by one channel (11 to
/// 12 nm) under the same numbers. SpectralEarth's data mix both, so that shift is allowed, with a warning.
/// </remarks>
public static class BandMatch
{
    private const double ToleranceNm = 1, NearestToleranceNm = 10;
    private const int FirstShiftedBand = 136, LastShiftedBand = 163;
    private const double LeastShiftNm = 10.5, MostShiftNm = 12.5;

    /// <summary>Checks that <paramref name="found"/> holds the network's bands.</summary>
    /// <param name="found">All bands of a scene or data set.</param>
    /// <param name="owner">Whose bands those are, for messages, for example "scene".</param>
    /// <param name="numbers">1-based band numbers of the network's channels.</param>
    /// <param name="wavelengthsNm">Centre wavelengths of the network's channels, nm.</param>
    /// <returns>A warning if it has the other SWIR arrangement, else null.</returns>
    /// <exception cref="BandMismatchException">A band is missing or at another wavelength.</exception>
    public static string? Check(BandTable found, string owner, IReadOnlyList<int> numbers, IReadOnlyList<double> wavelengthsNm)
    {
        var byNumber = found.ToDictionary(band => band.Number);
        var missing = numbers.Where(number => !byNumber.ContainsKey(number)).ToArray();
        if (missing.Length > 0)
            throw new BandMismatchException($"it lacks band {string.Join(", ", missing)}", found, owner, numbers, wavelengthsNm);

        var moved = numbers.Zip(wavelengthsNm, (number, expected) => (Number: number, Expected: expected, Found: byNumber[number].WavelengthNm))
            .Where(band => Math.Abs(band.Found - band.Expected) > ToleranceNm)
            .ToArray();
        if (moved.Length == 0)
            return null;
        if (moved.All(band => IsArrangementShift(band.Number, Math.Abs(band.Found - band.Expected))))
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"Bands {moved[0].Number} to {moved[^1].Number} of the {owner} lie {moved[0].Found - moved[0].Expected:+0.0;-0.0} nm from those that the " +
                $"network learned (EnMAP's other SWIR arrangement). They were used all the same, by band number.");
        }

        var first = moved.First(band => !IsArrangementShift(band.Number, Math.Abs(band.Found - band.Expected)));
        throw new BandMismatchException(
            string.Create(CultureInfo.InvariantCulture, $"band {first.Number} lies at {first.Found:0.0} nm there and at {first.Expected:0.0} nm in the checkpoint"),
            found, owner, numbers, wavelengthsNm);
    }

    /// <summary>Fits the network of a task to bands among which are its own: an adapter that knows wavelengths gets those that are found.</summary>
    /// <param name="network">Description of the network.</param>
    /// <param name="found">All bands of a scene or data set.</param>
    /// <param name="owner">Whose bands those are, for messages, for example "scene".</param>
    /// <returns>The network for these bands, and a warning if they have the other SWIR arrangement and weights of the network go by channel; else null.</returns>
    /// <exception cref="BandMismatchException">A band is missing or at another wavelength.</exception>
    public static (ModelDescription Network, string? Warning) Fit(ModelDescription network, BandTable found, string owner)
    {
        // Checked first: fitted to what was found, any wavelengths would fit.
        var warning = Check(found, owner, network.Bands, network.WavelengthsNm);
        return network.Encoder.Adapter == AdapterForm.Full
            ? (network.At(found.Select(network.Bands).WavelengthsNm), network.Segmentation is { DecodesChannels: true } ? warning : null)
            : (network, warning);
    }

    /// <summary>The channel nearest to each of the network's wavelengths.</summary>
    /// <param name="found">Bands of a data set, in channel order.</param>
    /// <param name="owner">Whose bands those are, for messages.</param>
    /// <param name="numbers">1-based band numbers of the network's channels, for messages.</param>
    /// <param name="wavelengthsNm">Centre wavelengths of the network's channels, nm.</param>
    /// <returns>0-based channels of <paramref name="found"/>.</returns>
    /// <exception cref="BandMismatchException">One has none within 10 nm.</exception>
    public static int[] Nearest(BandTable found, string owner, IReadOnlyList<int> numbers, IReadOnlyList<double> wavelengthsNm)
    {
        var channels = new int[numbers.Count];
        for (var channel = 0; channel < channels.Length; channel++)
        {
            var wanted = wavelengthsNm[channel];
            channels[channel] = Enumerable.Range(0, found.Count).MinBy(index => Math.Abs(found[index].WavelengthNm - wanted));
            if (Math.Abs(found[channels[channel]].WavelengthNm - wanted) > NearestToleranceNm)
            {
                throw new BandMismatchException(
                    string.Create(CultureInfo.InvariantCulture, $"band {numbers[channel]} of the checkpoint lies at {wanted:0.0} nm, the nearest there at {found[channels[channel]].WavelengthNm:0.0} nm, more than {NearestToleranceNm} nm away"),
                    found, owner, numbers, wavelengthsNm);
            }
        }

        return channels;
    }

    /// <summary>Bands of a network that a scene has no data in, though the data that gave the network's statistics had some.</summary>
    /// <param name="description">Network.</param>
    /// <param name="empty">1-based numbers of the bands that have no data in the scene.</param>
    public static IReadOnlyList<int> EmptyOnlyHere(ModelDescription description, IEnumerable<int> empty)
    {
        // Of a channel without any data the statistics say mean 0 and deviation 1.
        bool HadData(int channel) => description.Mean[channel] != 0 || description.StandardDeviation[channel] != 1;
        var numbers = empty.ToHashSet();
        return [.. description.Bands.Where((number, channel) => numbers.Contains(number) && HadData(channel))];
    }

    private static bool IsArrangementShift(int number, double distanceNm) =>
        number is >= FirstShiftedBand and <= LastShiftedBand && distanceNm is >= LeastShiftNm and <= MostShiftNm;
}

/// <summary>A scene or data set does not have the bands that a checkpoint needs.</summary>
public sealed class BandMismatchException : IOException
{
    internal BandMismatchException(string reason, BandTable found, string owner, IReadOnlyList<int> numbers, IReadOnlyList<double> wavelengthsNm)
        : base($"The bands of the {owner} do not fit the checkpoint: {reason}.\n" +
            $"  {owner}: {Listed(found.Numbers, found.WavelengthsNm)}\n" +
            $"  checkpoint: {Listed(numbers, wavelengthsNm)}\n" +
            "Use a checkpoint that was trained on this sensor and these bands. Fine-tuning takes others, too, by its recipe's key bands: nearest (at most 10 nm away) or of_data.")
    {
    }

    private static string Listed(IReadOnlyList<int> numbers, IReadOnlyList<double> wavelengthsNm) =>
        $"{numbers.Count} bands: " + string.Join(" ", numbers.Zip(wavelengthsNm, (number, nm) =>
            string.Create(CultureInfo.InvariantCulture, $"{number}@{nm:0.0}")));
}
