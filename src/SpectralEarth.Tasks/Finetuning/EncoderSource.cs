using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Training;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The checkpoint whose encoder is fine-tuned, or whose network is scored, fitted to a data set.</summary>
internal sealed class EncoderSource : IDisposable
{
    private const string Owner = "data set";

    private EncoderSource(Checkpoint checkpoint, Dataset dataset, BandUse use, bool isNetwork)
    {
        Checkpoint = checkpoint;
        var description = checkpoint.Description;
        (Dataset, Description, Warning) = description.Encoder.Adapter == AdapterForm.Full && !isNetwork
            ? ByWavelength(description, dataset)
            : use switch
            {
                BandUse.Nearest => Nearest(description, dataset),
                BandUse.OfData => OfData(description, dataset),
                _ => ByNumber(description, dataset),
            };
        CheckShape(use, description.Encoder, dataset.Manifest);
    }

    /// <summary>The checkpoint; disposed with this object.</summary>
    public Checkpoint Checkpoint { get; }

    /// <summary>The data set as the encoder sees it: with the bands that it takes.</summary>
    public Dataset Dataset { get; }

    /// <summary>Architecture of the checkpoint, bands and statistics of the images that it gets.</summary>
    public ModelDescription Description { get; }

    /// <summary>What a person should know about the bands, or null.</summary>
    public string? Warning { get; }

    /// <summary>Opens a checkpoint for a data set.</summary>
    /// <param name="runOrFile">Run folder, or a .safetensors file.</param>
    /// <param name="dataset">The data set.</param>
    /// <param name="use">How bands find the encoder's channels.</param>
    /// <param name="isNetwork">Whether the whole network is wanted, which needs its own bands whatever the form of its adapter.</param>
    /// <exception cref="CheckpointException">There is no usable checkpoint, or its encoder takes larger patches than the data set has.</exception>
    /// <exception cref="BandMismatchException">The data set has other bands.</exception>
    public static EncoderSource Open(string runOrFile, Dataset dataset, BandUse use = BandUse.ByNumber, bool isNetwork = false)
    {
        var checkpoint = Checkpoint.Open(runOrFile);
        try
        {
            return new EncoderSource(checkpoint, dataset, use, isNetwork);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Identity of the weights of a checkpoint, as its file states it.</summary>
    /// <exception cref="CheckpointException">There is no usable checkpoint.</exception>
    public static string ChecksumOf(string runOrFile)
    {
        using var file = SafeTensorsFile.Open(CheckpointFile.Resolve(runOrFile));
        return file.Metadata.GetValueOrDefault(SafeTensorsFile.ChecksumKey, "");
    }

    /// <inheritdoc/>
    public void Dispose() => Checkpoint.Dispose();

    /// <summary>An encoder that knows wavelengths is made for the bands of the data set, whatever their number.</summary>
    private static (Dataset, ModelDescription, string?) ByWavelength(ModelDescription description, Dataset dataset)
    {
        var data = dataset.Manifest;
        if (data.Bands.SequenceEqual(description.Bands))
            return (dataset, description.At(data.WavelengthsNm), ChannelWavelengths.WarningOf(dataset));
        return (dataset, Fitted(description, data), string.Create(CultureInfo.InvariantCulture,
            $"The encoder learned {description.Bands.Count} bands from {description.WavelengthsNm.Min():0} to {description.WavelengthsNm.Max():0} nm; the data set has " +
            $"{data.Bands.Count} from {data.WavelengthsNm.Min():0} to {data.WavelengthsNm.Max():0} nm. They are read by wavelength and normalised by the data set's own statistics. {ChannelWavelengths.WarningOf(dataset)}").TrimEnd());
    }

    private static (Dataset, ModelDescription, string?) ByNumber(ModelDescription description, Dataset dataset)
    {
        var bands = Bands(dataset.Manifest);
        var (fitted, warning) = BandMatch.Fit(description, bands, Owner);
        if (description.Encoder.Adapter == AdapterForm.Full && ChannelWavelengths.WarningOf(dataset) is { } unknown)
            warning = $"{warning} {unknown}".TrimStart();
        if (dataset.Manifest.Bands.SequenceEqual(description.Bands))
            return (dataset, fitted, warning);
        int[] channels = [.. description.Bands.Select(number => Enumerable.Range(0, bands.Count).First(channel => bands[channel].Number == number))];
        return (dataset.WithChannels(channels), fitted, warning);
    }

    private static (Dataset, ModelDescription, string?) Nearest(ModelDescription description, Dataset dataset)
    {
        var seen = dataset.WithChannels(BandMatch.Nearest(Bands(dataset.Manifest), Owner, description.Bands, description.WavelengthsNm));
        return (seen, Fitted(description, seen.Manifest),
            $"The bands of the data set ({seen.Manifest.Sensor}) nearest to those of the checkpoint are used (bands: nearest), normalised with the data set's statistics.");
    }

    private static (Dataset, ModelDescription, string?) OfData(ModelDescription description, Dataset dataset) => (dataset, Fitted(description, dataset.Manifest),
        $"The bands of the data set ({dataset.Manifest.Sensor}) are used as they are, whatever the checkpoint's wavelengths (bands: of_data), normalised with the data set's statistics.");

    private static BandTable Bands(DatasetManifest data) => new(data.Bands.Zip(data.WavelengthsNm, (number, nm) => new Band(number, nm, 0)));

    /// <summary>The encoder alone, for the bands and with the statistics of a data set.</summary>
    private static ModelDescription Fitted(ModelDescription description, DatasetManifest data)
    {
        var (mean, deviation) = InputStatistics.Of(NormalizationSource.Dataset, data);
        return description.OfEncoder().ForBands(data.Bands, data.WavelengthsNm, mean, deviation);
    }

    private void CheckShape(BandUse use, EncoderConfig encoder, DatasetManifest data)
    {
        if (use == BandUse.OfData && encoder.Adapter != AdapterForm.Full && data.Bands.Count != encoder.Bands && (!encoder.HasAdapter || data.Bands.Count < SpectralAdapter.MinimumBands))
        {
            throw new CheckpointException(
                $"{Checkpoint.Path}: the encoder takes {encoder.Bands} bands, but {Dataset.Path} has {data.Bands.Count}. Only a spectral adapter takes another number, from {SpectralAdapter.MinimumBands} on: use bands: nearest, or another checkpoint.");
        }

        if (data.PatchSize < encoder.PatchSize)
        {
            throw new CheckpointException(
                $"{Checkpoint.Path}: the encoder takes windows of {encoder.PatchSize} pixels, but the patches of {Dataset.Path} have {data.PatchSize}. " +
                $"Tile the scenes with --patch-size {encoder.PatchSize}, or use a checkpoint that was pretrained on smaller windows.");
        }
    }
}
