using System.Globalization;
using SpectralEarth.Checkpoints;
using SpectralEarth.Models;
using SpectralEarth.Shards;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training;

/// <summary>Weights of a checkpoint that a pretraining begins with, in place of random ones.</summary>
internal sealed class StartingWeights : IDisposable
{
    /// <summary>Wavelengths that differ by no more are one band, nm.</summary>
    private const double ToleranceNm = 1;

    private readonly SafeTensorsFile file;

    private StartingWeights(SafeTensorsFile file)
    {
        this.file = file;
        file.VerifyChecksum();
        Description = CheckpointFile.Describe(file);
    }

    /// <summary>What the checkpoint is.</summary>
    public ModelDescription Description { get; }

    /// <summary>File of the checkpoint.</summary>
    public string Path => file.Path;

    /// <summary>Identity of the weights.</summary>
    public string Checksum => file.Metadata[SafeTensorsFile.ChecksumKey];

    /// <summary>Opens a checkpoint.</summary>
    /// <exception cref="CheckpointException">There is no usable one.</exception>
    public static StartingWeights Open(string runOrFile)
    {
        var file = SafeTensorsFile.Open(CheckpointFile.Resolve(runOrFile));
        try
        {
            return new StartingWeights(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>What a person should know of the bands that the weights learned and those of the data; null if they are the same, or if the adapter knows wavelengths.</summary>
    public string? BandWarning(DatasetManifest data)
    {
        var learned = Description.WavelengthsNm;
        if (Description.Encoder.Adapter == AdapterForm.Full)
            return null;
        if (learned.Count == data.Bands.Count)
        {
            double[] distances = [.. learned.Zip(data.WavelengthsNm, (one, other) => Math.Abs(one - other)).Where(distance => distance > ToleranceNm)];
            return distances.Length == 0 ? null : string.Create(CultureInfo.InvariantCulture,
                $"{distances.Length} of the {learned.Count} bands of {Path} lie up to {distances.Max():0.#} nm from those of the data set, and channels are taken by their place. Of another arrangement of the sensor's bands, tile with --wavelengths linear; else expect a slow start.");
        }

        return string.Create(CultureInfo.InvariantCulture,
            $"{Path} learned {learned.Count} bands from {learned.Min():0} to {learned.Max():0} nm, the data set has {data.Bands.Count} from {data.WavelengthsNm.Min():0} to {data.WavelengthsNm.Max():0} nm, and channels are taken by their place. Tile the scenes with the bands of the checkpoint, or expect a slow start.");
    }

    /// <summary>True if the checkpoint's whole model has exactly the parts of this one.</summary>
    public bool Fits(Module model)
    {
        var parts = model.state_dict();
        var names = file.Names.Where(name => name.StartsWith(CheckpointFile.ModelPrefix, StringComparison.Ordinal)).ToArray();
        return names.Length == parts.Count && names.All(name => parts.TryGetValue(name[CheckpointFile.ModelPrefix.Length..], out var part) && part.shape.SequenceEqual(file.Shape(name)));
    }

    /// <summary>Copies the encoder's weights and statistics, all of them.</summary>
    /// <exception cref="CheckpointException">Lists all keys that are missing, left over or of another shape.</exception>
    public void LoadInto(Encoder encoder) => WeightLoader.Load(encoder, file, CheckpointFile.EncoderPrefix);

    /// <summary>Copies the weights of the whole model that the checkpoint describes.</summary>
    /// <inheritdoc cref="LoadInto" path="/exception"/>
    public void LoadAllInto(Module model) => WeightLoader.Load(model, file, CheckpointFile.ModelPrefix);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
