using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace SpectralEarth.Models;

/// <summary>Where a tensor's values lie, on whatever device: TorchSharp tells it for the processor's memory only.</summary>
public static partial class TensorAddress
{
    /// <summary>Address of the first value of a contiguous tensor, valid while the tensor lives.</summary>
    /// <exception cref="ArgumentException">The values do not lie one after the other.</exception>
    public static nint Of(Tensor values)
    {
        if (!values.is_contiguous())
            throw new ArgumentException($"A tensor {string.Join(" x ", values.shape)} with strides {string.Join(", ", values.stride())} is not contiguous.", nameof(values));
        return OfFirst(values);
    }

    /// <summary>Address of the first value of a tensor of any strides, valid while the tensor lives.</summary>
    public static nint OfFirst(Tensor values)
    {
        var address = Data(values.Handle);
        GC.KeepAlive(values);
        return address;
    }

    [LibraryImport("LibTorchSharp", EntryPoint = "THSTensor_data")]
    private static partial nint Data(nint tensor);
}
