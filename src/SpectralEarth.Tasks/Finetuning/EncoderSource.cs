using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using SpectralEarth.Spectra;
using SpectralEarth.Tasks.Mapping;
using SpectralEarth.Training;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Tasks.Finetuning;

/// <summary>The checkpoint whose encoder is fine-tuned, fitted to a data set.</summary>
internal sealed class EncoderSource : IDisposable
{
    private const string Owner = "data set";

    private readonly SafeTensorsFile file;

    private EncoderSource(SafeTensorsFile file, Dataset dataset, BandUse use)
    {
        this.file = file;
        var description = CheckpointFile.Describe(file);
        var data = dataset.Manifest;
        var bands = new BandTable(data.Bands.Zip(data.WavelengthsNm, (number, nm) => new Band(number, nm, 0)));
        switch (use)
        {
            case BandUse.ByNumber:
                Warning = BandMatch.Check(bands, Owner, description.Bands, description.WavelengthsNm);
                int[] channels = [.. description.Bands.Select(number => Enumerable.Range(0, bands.Count).First(channel => bands[channel].Number == number))];
                (Dataset, Description) = (data.Bands.SequenceEqual(description.Bands) ? dataset : dataset.WithChannels(channels), description);
                break;
            case BandUse.Nearest:
                Dataset = dataset.WithChannels(BandMatch.Nearest(bands, Owner, description.Bands, description.WavelengthsNm));
                Description = Fitted(description, Dataset.Manifest);
                Warning = $"The bands of the data set ({data.Sensor}) nearest to those of the checkpoint are used (bands: nearest), normalised with the data set's statistics.";
                break;
            default:
                Dataset = dataset;
                Description = Fitted(description, data);
                Warning = $"The bands of the data set ({data.Sensor}) are used as they are, whatever the checkpoint's wavelengths (bands: of_data), normalised with the data set's statistics.";
                break;
        }

        CheckShape(use, description.Encoder, data);
    }

    /// <summary>The data set as the encoder sees it: with the bands that it takes.</summary>
    public Dataset Dataset { get; }

    /// <summary>Architecture of the checkpoint, bands and statistics of the images that it gets.</summary>
    public ModelDescription Description { get; }

    /// <summary>What a person should know about the bands, or null.</summary>
    public string? Warning { get; }

    /// <summary>File of the checkpoint.</summary>
    public string Path => file.Path;

    /// <summary>Identity of the weights.</summary>
    public string Checksum => file.Metadata.TryGetValue(SafeTensorsFile.ChecksumKey, out var checksum) ? checksum : "";

    /// <summary>Opens a checkpoint for a data set.</summary>
    /// <exception cref="CheckpointException">There is no usable checkpoint, or its encoder takes larger patches than the data set has.</exception>
    /// <exception cref="BandMismatchException">The data set has other bands.</exception>
    public static EncoderSource Open(string runOrFile, Dataset dataset, BandUse use = BandUse.ByNumber)
    {
        var file = SafeTensorsFile.Open(CheckpointFile.Resolve(runOrFile));
        try
        {
            file.VerifyChecksum();
            return new EncoderSource(file, dataset, use);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Copies the encoder's weights, all of them.</summary>
    /// <exception cref="CheckpointException">Lists all keys that are missing, left over or of another shape.</exception>
    public void LoadInto(Encoder encoder) => WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);

    /// <summary>Copies the weights of a whole fine-tuned network.</summary>
    /// <inheritdoc cref="LoadInto" path="/exception"/>
    public void LoadAllInto(Module network) => WeightLoader.Load(network, file, CheckpointFile.ModelPrefix);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>The encoder alone, for the bands and with the statistics of a data set.</summary>
    private static ModelDescription Fitted(ModelDescription description, DatasetManifest data)
    {
        var statistics = InputStatistics.Of(NormalizationSource.Dataset, data);
        return description.OfEncoder() with
        {
            EncoderOnly = description.Encoder with { Bands = data.Bands.Count },
            Bands = data.Bands,
            WavelengthsNm = data.WavelengthsNm,
            Mean = statistics.Mean,
            StandardDeviation = statistics.StandardDeviation,
        };
    }

    private void CheckShape(BandUse use, EncoderConfig encoder, DatasetManifest data)
    {
        if (use == BandUse.OfData && data.Bands.Count != encoder.Bands && (!encoder.HasAdapter || data.Bands.Count < SpectralAdapter.MinimumBands))
        {
            throw new CheckpointException(
                $"{Path}: the encoder takes {encoder.Bands} bands, but {Dataset.Path} has {data.Bands.Count}. Only a spectral adapter takes another number, from {SpectralAdapter.MinimumBands} on: use bands: nearest, or another checkpoint.");
        }

        if (data.PatchSize < encoder.PatchSize)
        {
            throw new CheckpointException(
                $"{Path}: the encoder takes windows of {encoder.PatchSize} pixels, but the patches of {Dataset.Path} have {data.PatchSize}. " +
                $"Tile the scenes with --patch-size {encoder.PatchSize}, or use a checkpoint that was pretrained on smaller windows.");
        }
    }
}
