using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Models;

/// <summary>
/// Where oneDNN, by which libtorch convolves on the CPU, can be relied on: where the processor tells its caches, by which oneDNN plans
/// its work. Virtual machines can hide them. Seen on one, the oneDNN of libtorch 2.10 divides by zero, which ends the process (SIGFPE in
/// <c>brg_blocking_t::est_eff_1x1</c>), or convolves wrongly (where channels are no multiple of 16).
/// </summary>
internal static partial class OneDnn
{
    private const int IntelCaches = 4, AmdCaches = unchecked((int)0x8000001D), HighestExtended = unchecked((int)0x80000000), KindOfCache = 31;

    /// <summary>Whether libtorch uses oneDNN. Asked for the first time, it turns it off where it cannot be relied on, so ask before the first convolution.</summary>
    public static bool IsUsed { get; } = IsReliable() || !TurnedOff();

    private static bool IsReliable()
    {
        if (!X86Base.IsSupported)
            return true;
        var highest = (uint)X86Base.CpuId(0, 0).Eax;
        var highestExtended = (uint)X86Base.CpuId(HighestExtended, 0).Eax;
        return (highest >= IntelCaches && HasFirst(IntelCaches)) || (highestExtended >= unchecked((uint)AmdCaches) && HasFirst(AmdCaches));
    }

    private static bool HasFirst(int leaf) => (X86Base.CpuId(leaf, 0).Eax & KindOfCache) != 0;

    /// <summary>TorchSharp has no function for it; these names of libtorch's are those of Linux and macOS.</summary>
    private static bool TurnedOff()
    {
        if (OperatingSystem.IsWindows())
            return false;
        TorchSharp.torch.InitializeDeviceType(TorchSharp.DeviceType.CPU);       // loads the library
        SetUserEnabledMkldnn(GlobalContext(), isEnabled: 0);
        SetUserEnabledNnpack(GlobalContext(), isEnabled: 0);        // cannot start without knowing the caches, and would say so at every convolution
        return true;
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledMkldnnEb")]
    private static partial void SetUserEnabledMkldnn(nint context, byte isEnabled);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static partial void SetUserEnabledNnpack(nint context, byte isEnabled);
}
